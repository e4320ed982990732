/** Decides what the day's screen shows; the twin of `backend/tech/day.py`, held by `vectors/day.json`. */
import { addDays, weekday } from '../i18n/format.ts'
import { type JobStatus, parseStatus } from '../sync/job-status.ts'
import type { Cells, ItemState, Rows } from '../sync/types.ts'
import { clientOf, entries, referred, text, whole } from './cells.ts'

/** Local hours, "HH:MM" or "" when open. */
export interface Window {
  start: string
  end: string
}

export interface Card {
  key: string
  window: Window
  type: string
  client: string
  street: string
  town: string
  tags: string[]
  status: JobStatus
  reason: string
  /** Digits for `tel:` and `sms:`, or "". */
  phone: string
  /** What a map is asked for: coordinates or the address, or "". */
  place: string
  /** Place in a chain of visits; 0 when there is none. */
  step: number
  steps: number
  removed: boolean
  /** The hours last seen by the technician, when the office changed them since. */
  changedFrom: Window | null
  /** The least advanced of the visit's local items. */
  mark: ItemState | null
}

export interface DayTab {
  date: string
  name: 'today' | 'tomorrow' | 'yesterday' | 'date'
}

export interface DayView {
  day: string
  readOnly: boolean
  tabs: DayTab[]
  current: Card | null
  cards: Card[]
}

/** What only this phone knows. */
export interface Local {
  removed: Rows
  marks: ReadonlyMap<string, ItemState>
  seen: Readonly<Record<string, Window>>
}

const NOTHING: Local = { removed: new Map(), marks: new Map(), seen: {} }
const WINDOW_BACK_DAYS = 7
const WORKING_DAYS_AHEAD = 2
const LAST = '~'

export const JOB_TYPES = new Set(['installation', 'repair', 'maintenance', 'removal', 'survey'])
/** What must not be overlooked at the door, the most pressing first. */
export const WARNING_TAGS = ['urgent', 'dog', 'no_doorbell']
// Dispatchers write tags in French words.
const TAG_CODES = new Map([
  ['chien', 'dog'],
  ['sans sonnette', 'no_doorbell'],
  ['urgent', 'urgent'],
])

/** The visits of one local date of the rows held; `today` is the date in the site's zone. */
export function dayView(rows: Rows, today: string, day = today, local: Local = NOTHING): DayView {
  const cards = [
    ...ofDay(rows, rows, day, local, false),
    ...ofDay(local.removed, rows, day, local, true),
  ]
  cards.sort(byWindow)
  const current = currentOf(cards)
  return {
    day,
    readOnly: day > today,
    tabs: tabs(rows, today),
    current,
    cards: cards.filter((card) => card !== current),
  }
}

/** The hours of a visit. */
export function windowOf(job: Cells): Window {
  return { start: text(job, 'window_start').slice(0, 5), end: text(job, 'window_end').slice(0, 5) }
}

export function cardOf(key: string, job: Cells, rows: Rows, local: Local, removed: boolean): Card {
  const location = referred(rows, job, 'location')
  const contact = referred(rows, job, 'contact')
  const window = windowOf(job)
  return {
    key,
    window,
    type: jobType(text(job, 'job_type')),
    client: clientOf(rows, job) || key.slice('job/'.length),
    street: text(location, 'street'),
    town: text(location, 'town'),
    tags: tagsOf(job),
    status: parseStatus(job.status) ?? 'todo',
    reason: text(job, 'reason'),
    phone: dialled(text(contact, 'phone')),
    place: placeOf(location),
    step: whole(job, 'step'),
    steps: chainLength(rows, key, job),
    removed,
    changedFrom: changedSince(local.seen[key], window),
    mark: local.marks.get(key) ?? null,
  }
}

// ERPNext capitalises its options; a type that Terrain has no word for stays as it is.
function jobType(name: string): string {
  return JOB_TYPES.has(name.toLowerCase()) ? name.toLowerCase() : name
}

function tagsOf(job: Cells): string[] {
  const tags = entries(job, 'tags').map(([tag]) => TAG_CODES.get(tag.toLowerCase()) ?? tag)
  return [
    ...WARNING_TAGS.filter((tag) => tags.includes(tag)),
    ...[...new Set(tags)].filter((tag) => !WARNING_TAGS.includes(tag)).sort(),
  ]
}

function ofDay(jobs: Rows, rows: Rows, day: string, local: Local, removed: boolean): Card[] {
  return [...jobs]
    .filter(([key, job]) => key.startsWith('job/') && text(job, 'date') === day)
    .map(([key, job]) => cardOf(key, job, rows, local, removed))
}

function byWindow(a: Card, b: Card): number {
  const [left, right] = [order(a), order(b)]
  return left < right ? -1 : Number(left > right)
}

function order(card: Card): string {
  return `${card.window.start || LAST} ${card.window.end || LAST} ${card.key}`
}

function currentOf(cards: Card[]): Card | null {
  const open = cards.filter((card) => !card.removed)
  return (
    open.find((card) => card.status === 'on_site') ??
    open.find((card) => card.status === 'en_route') ??
    null
  )
}

// Today and what comes stand first, so that the first view needs no scrolling; then the past.
function tabs(rows: Rows, today: string): DayTab[] {
  const past = addDays(today, -WINDOW_BACK_DAYS)
  const held = [...rows]
    .filter(([key]) => key.startsWith('job/'))
    .map(([, job]) => text(job, 'date'))
    .filter((date) => date >= past)
  const dates = [...new Set([today, ...nextWorkingDays(today), ...held])].sort()
  const ahead = dates.filter((date) => date >= today)
  const behind = dates.filter((date) => date < today).reverse()
  return [...ahead, ...behind].map((date) => ({ date, name: tabName(date, today) }))
}

function tabName(date: string, today: string): DayTab['name'] {
  if (date === today) return 'today'
  if (date === addDays(today, 1)) return 'tomorrow'
  return date === addDays(today, -1) ? 'yesterday' : 'date'
}

function nextWorkingDays(today: string): string[] {
  const days: string[] = []
  for (let date = addDays(today, 1); days.length < WORKING_DAYS_AHEAD; date = addDays(date, 1)) {
    if (weekday(date) % 6 !== 0) days.push(date)
  }
  return days
}

// The phone holds only its own visits of a chain: the furthest step known stands for its length.
function chainLength(rows: Rows, key: string, job: Cells): number {
  const chain = text(job, 'parent') || key
  const known = [...rows]
    .filter(([other, cells]) => other === chain || text(cells, 'parent') === chain)
    .map(([, cells]) => whole(cells, 'step'))
  return Math.max(whole(job, 'step'), ...known)
}

/** The number for `tel:` and `sms:`: ten digits are North American, anything else is kept. */
export function dialled(phone: string): string {
  const digits = phone.replace(/\D/g, '')
  return phone.trim().startsWith('+') || digits.length === 11 ? `+${digits}` : northAmerican(digits)
}

function northAmerican(digits: string): string {
  return digits.length === 10 ? `+1${digits}` : digits
}

function placeOf(location: Cells | undefined): string {
  const { latitude, longitude } = location ?? {}
  if (typeof latitude === 'number' && typeof longitude === 'number') {
    return `${latitude.toFixed(6)},${longitude.toFixed(6)}`
  }
  return [text(location, 'street'), text(location, 'town')].filter(Boolean).join(', ')
}

function changedSince(seen: Window | undefined, now: Window): Window | null {
  return seen && (seen.start !== now.start || seen.end !== now.end) ? seen : null
}
