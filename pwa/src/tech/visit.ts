/** Decides what a visit's screen shows and which one step comes next. */

import { FIELD_STEPS, type JobStatus } from '../sync/job-status.ts'
import type { Cells, Item, ItemState, Rows } from '../sync/types.ts'
import { clientOf, entries, isRecord, referred, text } from './cells.ts'
import { type Code, codesOf, serialsOf } from './codes.ts'
import { type Card, cardOf, type Local } from './day.ts'
import { isRefused } from './item-state.ts'

export interface Step {
  id: string
  label: string
  required: boolean
  done: boolean
  state: ItemState | null
}

export type Action = 'install' | 'remove'

/** What a new number takes the place of, and how that goes back: arguments of `equipment`. */
export interface Swap {
  action: 'replace'
  replaces: string
  returned: string
  returned_why: string
}

export interface Fitted {
  id: string
  serial: string
  type: string
  action: string
  /** How the number was read: `source.*` of the words. */
  source: string
  /** The number that was reported first, and why it was wrong; "" unless it was corrected. */
  corrected: string
  why: string
  state: ItemState | null
}

export interface Scan {
  id: string
  state: 'waiting' | 'read' | 'choose' | 'unreadable'
  codes: Code[]
}

export interface Entry {
  id: string
  text: string
  at: number
  by: string
  /** Hours between the gesture and its arrival, 0 when it came at once. */
  lateHours: number
  state: ItemState | null
}

export interface Mark {
  id: string
  to: string
  reason: string
  text: string
  at: number
  by: string
  lateHours: number
  state: ItemState | null
}

export type Next =
  | { kind: 'status'; to: JobStatus }
  | { kind: 'scan' }
  | { kind: 'complete'; missing: Step[] }
  | { kind: 'none' }

export interface VisitView {
  card: Card
  facts: Facts
  steps: Step[]
  equipment: Fitted[]
  scans: Scan[]
  notes: Entry[]
  history: Mark[]
  next: Next
  /** The earlier status that a slip of the thumb goes back to. */
  undo: JobStatus | null
  mayHold: boolean
  mayFail: boolean
}

export interface Facts {
  accessCode: string
  accessNotes: string
  dispatchNotes: string
  terminal: string
  plan: string
}

const HOUR_MS = 3_600_000
const FORWARD: Readonly<Partial<Record<JobStatus, JobStatus>>> = {
  todo: 'en_route',
  en_route: 'on_site',
  on_hold: 'on_site',
}
const BACKWARD: Readonly<Partial<Record<JobStatus, JobStatus>>> = {
  en_route: 'todo',
  on_site: 'en_route',
}

/** The visit `key`, or null when this phone does not hold it. */
export function visitView(
  rows: Rows,
  key: string,
  items: readonly Item[],
  local: Local,
): VisitView | null {
  const job = rows.get(key) ?? local.removed.get(key)
  if (!job) return null
  const removed = !rows.has(key)
  const card = cardOf(key, job, rows, local, removed)
  const own = items.filter((item) => item.key === key)
  const steps = stepsOf(job, own)
  const equipment = equipmentOf(job, own)
  const scans = scansOf(job, own)
  return {
    card,
    facts: factsOf(rows, job),
    steps,
    equipment,
    scans,
    notes: notesOf(job, own),
    history: marksOf(job, own),
    next: removed ? { kind: 'none' } : nextOf(card, steps, equipment.length + scans.length),
    undo: removed ? null : (BACKWARD[card.status] ?? null),
    mayHold: !removed && FIELD_STEPS[card.status].includes('on_hold'),
    mayFail: !removed && FIELD_STEPS[card.status].includes('not_completed'),
  }
}

/** What a serial number read or typed on a visit of this type says. */
export function actionOf(type: string): Action {
  return type === 'removal' ? 'remove' : 'install'
}

/** The customer of the other visit that already has this serial, or "". */
export function otherVisitWith(rows: Rows, key: string, serial: string): string {
  for (const [other, job] of rows) {
    const fitted = other.startsWith('job/') && other !== key ? equipmentOf(job, []) : []
    if (fitted.some((line) => line.serial === serial && line.action !== 'remove')) {
      return clientOf(rows, job)
    }
  }
  return ''
}

/** Why the serial just reported on a visit is not simply saved: disputed, refused, or null. */
export function troubleOf(items: readonly Item[], key: string, serial: string): ItemState | null {
  const report = items.findLast((item) => item.key === key && item.args.serial === serial)
  return report && (report.state === 'conflict' || isRefused(report.state)) ? report.state : null
}

function nextOf(card: Card, steps: Step[], fitted: number): Next {
  const to = FORWARD[card.status]
  if (to) return { kind: 'status', to }
  if (card.status !== 'on_site') return { kind: 'none' }
  if (card.type === 'installation' && fitted === 0) return { kind: 'scan' }
  return { kind: 'complete', missing: steps.filter((step) => step.required && !step.done) }
}

function factsOf(rows: Rows, job: Cells): Facts {
  const location = referred(rows, job, 'location')
  return {
    accessCode: text(location, 'access_code'),
    accessNotes: text(location, 'access_notes'),
    dispatchNotes: text(job, 'dispatch_notes'),
    terminal: [text(location, 'olt'), text(location, 'pon_port')].filter(Boolean).join(' · '),
    plan: text(referred(rows, job, 'subscription'), 'plan'),
  }
}

function stepsOf(job: Cells, items: readonly Item[]): Step[] {
  const list = Array.isArray(job.checklist) ? job.checklist.filter(isRecord) : []
  return list.map((entry) => {
    const id = String(entry.id)
    const checked = job[`checked/${id}`]
    const last = items.findLast((item) => item.kind === 'check' && item.args.item === id)
    return {
      id,
      label: text(entry, 'label') || id,
      required: entry.required === true,
      done: isRecord(checked) && checked.done === true,
      state: last?.state ?? null,
    }
  })
}

// What was removed later, or replaced or corrected by another number, is no longer there; what
// others had put in place stays as what was taken back.
function equipmentOf(job: Cells, items: readonly Item[]): Fitted[] {
  const lines = dated(job, 'equipment')
  const gone = (serial: string, at: number): boolean =>
    lines.some(
      ({ value, at: later }) =>
        later >= at &&
        ((value.action === 'remove' && value.serial === serial) || value.replaces === serial),
    )
  const ours = (serial: string): boolean =>
    lines.some(({ value }) => value.action !== 'remove' && value.serial === serial)
  return reportsOf(job, items)
    .filter(({ value, at }) => {
      const serial = text(value, 'serial')
      if (value.superseded) return false
      return value.action === 'remove' ? !ours(serial) : !gone(serial, at)
    })
    .map(({ id, value }) => ({
      id,
      serial: text(value, 'serial'),
      type: text(value, 'type'),
      action: text(value, 'action'),
      source: text(value, 'stage') === 'model' ? 'model' : text(value, 'source'),
      corrected: text(lines.find((line) => line.id === value.corrects)?.value, 'serial'),
      why: text(value, 'reason'),
      state: stateOf(items, id),
    }))
}

// A photo whose number the visit has already, from it or otherwise, has nothing more to say.
function scansOf(job: Cells, items: readonly Item[]): Scan[] {
  const reports = reportsOf(job, items).map(({ value }) => value)
  const used = new Set(reports.map(({ scan }) => scan))
  const known = new Set(reports.map((report) => text(report, 'serial').toUpperCase()))
  return dated(job, 'scans')
    .filter(({ value }) => !value.what)
    .map(({ id, value }) => ({ id, state: scanState(value.state), codes: codesOf(value.codes) }))
    .filter(({ id }) => !used.has(id))
    .filter(({ codes }) => !serialsOf(codes).some(({ value }) => known.has(value.toUpperCase())))
}

// The server leaves a number of another visit out of this one; it was fitted all the same.
function reportsOf(job: Cells, items: readonly Item[]): Dated[] {
  const lines = dated(job, 'equipment')
  const disputed = items.filter(
    ({ id, kind, state }) =>
      kind === 'equipment' && state === 'conflict' && !lines.some((line) => line.id === id),
  )
  return [...lines, ...disputed.map(({ id, args, madeAt }) => ({ id, value: args, at: madeAt }))]
}

function scanState(value: unknown): Scan['state'] {
  return value === 'read' || value === 'choose' || value === 'unreadable' ? value : 'waiting'
}

function notesOf(job: Cells, items: readonly Item[]): Entry[] {
  return dated(job, 'notes').map(({ id, value, at }) => ({
    id,
    text: text(value, 'text'),
    at,
    by: text(value, 'by'),
    lateHours: lateHours(value, at),
    state: stateOf(items, id),
  }))
}

function marksOf(job: Cells, items: readonly Item[]): Mark[] {
  return dated(job, 'marks').map(({ id, value, at }) => ({
    id,
    to: text(value, 'to'),
    reason: text(value, 'reason'),
    text: text(value, 'text'),
    at,
    by: text(value, 'by'),
    lateHours: lateHours(value, at),
    state: stateOf(items, id),
  }))
}

/** An item of a list of a visit. */
export interface Dated {
  id: string
  value: Cells
  at: number
}

/** The items of a list of a visit, the oldest first. */
export function dated(job: Cells, field: string): Dated[] {
  return entries(job, field)
    .flatMap(([id, value]) => (isRecord(value) ? [{ id, value, at: Number(value.at) || 0 }] : []))
    .sort((a, b) => a.at - b.at)
}

function lateHours(value: Cells, at: number): number {
  const received = value.received_at
  return typeof received === 'number' ? Math.max(0, Math.floor((received - at) / HOUR_MS)) : 0
}

/** Where the gesture `id` stands; null once the phone keeps it no longer. */
export function stateOf(items: readonly Item[], id: string): ItemState | null {
  return items.find((item) => item.id === id)?.state ?? null
}
