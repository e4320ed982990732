/** One row of the outbox: a mutation, how it was stamped for sending, and what became of it. */

import type { Fate, Mutation, Outcome, VerdictDetail } from './protocol.ts'
import type { ItemState } from './types.ts'
import type { Intent } from './writes.ts'

/** How long after its verdict a mutation without a receipt says that the office is late. */
export const OFFICE_LATE_MS = 10_000

export interface Entry {
  /** Order of capture, given by the database; absent while only the mirror holds it. */
  n?: number
  id: string
  intent: Intent
  attempts: number
  /** Stamp of the first send: replica line, number in it, and the exact text that was sent. */
  line?: string
  seq?: number
  wire?: string
  /** The server could not read it: it goes as these kinds instead, in this order. */
  as?: 'opaque' | 'void'
  verdict?: Verdict
  receipt?: { fate: Fate; detail: string; at: number }
  /** The conflict over it is closed: how, and when that was heard. */
  settled?: { choice: string; at: number }
  abandoned?: { reason: string; at: number }
}

interface Verdict {
  outcome: Outcome
  /** Device clock, UTC ms. */
  at: number
  detail: VerdictDetail
}

/** What only memory knows of the entries: the request in flight and the next try. */
export interface Flight {
  sending: ReadonlySet<string>
  retryAt: number | null
  reason: string
}

/** Whether the server has still to give a verdict on it. */
export function isWaiting(entry: Entry): boolean {
  return !entry.verdict && !entry.abandoned
}

/** Whether it was stamped on this line: it may have been sent and never changes again. */
export function isStamped(entry: Entry, line: string): boolean {
  return entry.line === line && entry.seq !== undefined
}

/** Whether it still asks for something of the server, the office or the technician. */
export function isOpen(entry: Entry): boolean {
  return endedAt(entry) === null
}

/** When it came to its end, device clock, UTC ms: set aside, filed, or void; else null. */
export function endedAt(entry: Entry): number | null {
  if (entry.abandoned) return entry.abandoned.at
  if (entry.receipt?.fate === 'filed') return entry.receipt.at
  return isVoid(entry) ? (entry.verdict?.at ?? null) : null
}

/** For how long, ms, the server has had it without a receipt from the office; else null. */
export function unfiledFor(entry: Entry, now: number): number | null {
  if (entry.receipt || !entry.verdict || !isOpen(entry)) return null
  return stateOfVerdict(entry, entry.verdict) === 'received' ? now - entry.verdict.at : null
}

/** Whether the pulled rows, up to `pulled`, hold its effect or never will. */
export function isContained(entry: Entry, pulled: number): boolean {
  if (entry.abandoned) return true
  return entry.verdict !== undefined && (entry.verdict.detail.sequence ?? 0) <= pulled
}

/** The order of sending: stamped ones by number, then the others as they were captured. */
export function inOrder(line: string): (a: Entry, b: Entry) => number {
  const rank = (entry: Entry): number => (isStamped(entry, line) ? (entry.seq ?? 0) : Infinity)
  return (a, b) => {
    const [first, second] = [rank(a), rank(b)]
    return first === second ? captured(a) - captured(b) : first - second
  }
}

/** The entry stamped with the next number: from now on its text never changes. */
export function stamped(entry: Entry, line: string, seq: number): Entry {
  const mutation: Mutation = { ...entry.intent, seq }
  return { ...entry, line, seq, wire: JSON.stringify(as(entry, mutation)) }
}

/** An entry that the server cannot read, changed to the next kind that it can. */
export function disguised(entry: Entry): Entry {
  const next: Entry = { ...entry, as: entry.as ? 'void' : 'opaque' }
  return stamped(next, entry.line ?? '', entry.seq ?? 0)
}

/** The word on the screen. */
export function stateOf(entry: Entry, flight: Flight, now: number): ItemState {
  if (entry.abandoned) return 'abandoned'
  if (entry.receipt && !isOvertaken(entry)) return BY_FATE[entry.receipt.fate]
  if (!entry.verdict) return stateOfWaiting(entry, flight, now)
  const state = entry.settled ? 'received' : stateOfVerdict(entry, entry.verdict)
  const age = now - (entry.settled ?? entry.verdict).at
  const late = age >= OFFICE_LATE_MS || age < 0 // a clock set back proves nothing
  return state === 'received' && late ? 'office_late' : state
}

/** The code of why it stands where it stands, or ''. */
export function reasonOf(entry: Entry, flight: Flight): string {
  if (entry.abandoned) return entry.abandoned.reason
  if (entry.receipt) return entry.receipt.detail
  if (entry.verdict) return entry.verdict.detail.reason ?? ''
  return entry.attempts > 0 ? flight.reason : ''
}

/** A receipt that told of the conflict, before somebody ended it. */
function isOvertaken({ settled, receipt }: Entry): boolean {
  return settled !== undefined && receipt?.fate === 'conflict'
}

const BY_FATE: Record<Fate, ItemState> = {
  filed: 'done',
  conflict: 'conflict',
  refused: 'rejected',
  held: 'held',
}

const BY_OUTCOME: Record<Outcome, ItemState> = {
  applied: 'received',
  merged: 'received',
  noop: 'received',
  superseded: 'received',
  held: 'held',
  conflict: 'conflict',
  rejected: 'rejected',
  parked: 'parked',
}

/** The server answers a void so; nothing of it goes to the office, and no receipt ever comes. */
function isVoid({ verdict }: Entry): boolean {
  return verdict?.outcome === 'noop' && verdict.detail.reason === 'void'
}

function stateOfVerdict(entry: Entry, verdict: Verdict): ItemState {
  if (isVoid(entry)) return 'abandoned'
  // A stand-in refused as `mutated`: the server took the original, whose answer was lost.
  if (entry.as && verdict.detail.reason === 'mutated') return 'received'
  return BY_OUTCOME[verdict.outcome]
}

function stateOfWaiting(entry: Entry, flight: Flight, now: number): ItemState {
  if (flight.sending.has(entry.id)) return 'sending'
  const due = flight.retryAt !== null && flight.retryAt > now
  return due && entry.attempts > 0 ? 'retry' : 'local'
}

function captured(entry: Entry): number {
  return entry.n ?? Number.MAX_SAFE_INTEGER
}

// The text of an unreadable mutation can be any size; the batch it travels in cannot.
const OPAQUE_CHARACTERS = 16_000

function as(entry: Entry, mutation: Mutation): Mutation {
  if (!entry.as) return mutation
  const { id, seq, base, made_at } = mutation
  const bare: Mutation = { id, seq, kind: entry.as, key: mutation.key, base, made_at }
  if (entry.as === 'void') return { ...bare, key: '' }
  const payload = JSON.stringify(entry.intent).slice(0, OPAQUE_CHARACTERS)
  return { ...bare, args: { payload } }
}
