/** One round trip of the sync and what its answer asks for next. */
import { LARGEST_CHUNK, putBack, SMALLEST_CHUNK, upload } from './blobs.ts'
import { type Entry, isWaiting } from './entry.ts'
import type { Host } from './host.ts'
import type { Mirror } from './mirror.ts'
import { type Batch, type Blobbed, disguise, freeze, lineOf } from './outbox.ts'
import { BATCH_MUTATIONS, type Pending, PROTOCOL, type SyncReply } from './protocol.ts'
import { apply, type Kept, nextCursor, setLink } from './replica.ts'
import type { Store } from './store.ts'
import {
  backoffMs,
  hastyBackoffMs,
  LONGEST_BACKOFF_MS,
  postSync,
  type Refused,
  type Silent,
} from './transport.ts'
import type { Link } from './types.ts'
import type { Live } from './view.ts'

const LINK_PAUSE_MS = 300_000
const FULL_PAUSE_MS = 60_000
const MOST_SEEN = 40

/** What adapts to the network: batch and chunk size, failures in a row and when they began. */
export interface Pace {
  limit: number
  chunk: number
  failures: number
  /** Device clock, UTC ms; null while all is well. */
  darkSince: number | null
}

export const FIRST_PACE: Pace = {
  limit: BATCH_MUTATIONS,
  chunk: LARGEST_CHUNK,
  failures: 0,
  darkSince: null,
}

/** What to do after a round; a `firm` wait was asked for by the server: no trigger cuts it short. */
export type Next = { kind: 'again' } | { kind: 'idle' } | Wait
export type Wait = { kind: 'wait'; ms: number; firm: boolean }

export interface Context {
  host: Host
  store: Store
  mirror: Mirror
  live: Live
  pace: Pace
  app: string
  kept(): Kept
  /** Read what is kept again, and tell the screens and the other tabs. */
  refresh(): Promise<void>
  /** Tell the screens that `live` changed. */
  changed(): void
}

export const AGAIN: Next = { kind: 'again' }

/** Begin a fresh back-off: the network answered, or is worth a new try. */
export function forgetFailures(pace: Pace): void {
  pace.failures = 0
  pace.darkSince = null
}

export function hasMutations(context: Context): boolean {
  return context.kept().entries.some(isWaiting)
}

export function hasWork(context: Context): boolean {
  return hasMutations(context) || nextPhoto(context.kept()) !== undefined
}

/** Push the next batch and pull what changed. */
export async function syncRound(context: Context): Promise<Next> {
  const { host, store, live, pace, mirror } = context
  const cursor = await nextCursor(store)
  const batch = await freeze(store, pace.limit)
  const { device, epoch, nextSeq } = batch.identity
  mirror.sing({ device, epoch, seq: nextSeq - 1 })
  showSending(context, batch)
  const askedAt = host.now()
  const answer = await postSync(host, requestText(context, batch, cursor))
  live.sending = new Set()
  const now = host.now()
  live.reachable = answer.kind === 'reply' || (answer.kind === 'refused' && answer.status !== 200)
  if (answer.kind !== 'reply') {
    await context.refresh()
    return answer.kind === 'silent'
      ? unanswered(context, answer, batch)
      : refused(context, answer, batch)
  }
  const { reply } = answer
  const offset = Math.round(reply.now - (askedAt + now) / 2)
  await apply(store, { reply, cursor, line: lineOf(batch.identity), now, offset })
  await context.refresh()
  return replied(context, reply, batch, cursor)
}

/** Upload the next photo whose mutation the server knows; idle when there is none. */
export async function photoRound(context: Context): Promise<Next> {
  const { host, store, pace, live } = context
  const blob = nextPhoto(context.kept())
  if (!blob) return { kind: 'idle' }
  const result = await upload(host, store, blob, pace.chunk)
  if (result.kind === 'silent' || result.kind === 'refused') await putBack(store, blob.sha)
  await context.refresh()
  if (result.kind === 'silent') {
    if (result.timeout) pace.chunk = Math.max(SMALLEST_CHUNK, Math.floor(pace.chunk / 2))
    live.reachable = false
    return pauseAfterFailure(context, null)
  }
  live.reachable = true
  if (result.kind === 'refused') return refused(context, result, null)
  forgetFailures(pace)
  return AGAIN
}

/** What the phone holds besides the mutations in this very request, which the answer settles. */
function pendingOf(kept: Kept, { sending, seen }: Live): Pending {
  // Told: what is moved after that must be seen anew.
  for (const key of seen) if (!isUnseen(kept, key)) seen.delete(key)
  const waiting = kept.entries.filter((entry) => isWaiting(entry) && !sending.has(entry.id))
  const photos = waitingPhotos(kept, (entry) => !entry.abandoned)
  const made = waiting.map((entry) => entry.intent.made_at)
  return {
    count: waiting.length,
    oldest: made.length ? Math.min(...made) : null,
    photos: photos.length,
    bytes: photos.reduce((sum, blob) => sum + blob.size - blob.offset, 0),
    seen: [...seen].slice(-MOST_SEEN),
  }
}

/** Whether the server does not know yet that a visit was seen since the office moved it. */
export function isUnseen(kept: Kept, key: string): boolean {
  const row = kept.rows.get(key)
  return row !== undefined && !row.seen
}

/** The request's text; each mutation is the very text of its first send. */
function requestText(context: Context, batch: Batch, cursor: string): string {
  const { device, epoch } = batch.identity
  const pending = pendingOf(context.kept(), context.live)
  const head = { protocol: PROTOCOL, device, epoch, app: context.app, cursor, pending }
  const mutations = batch.entries.map((entry) => entry.wire).join(',')
  return `${JSON.stringify(head).slice(0, -1)},"mutations":[${mutations}]}`
}

function showSending(context: Context, batch: Batch): void {
  const { live } = context
  live.sending = new Set(batch.entries.map((entry) => entry.id))
  const done = live.drain.state === 'sending' ? live.drain.done : 0
  if (batch.entries.length) live.drain = { state: 'sending', done, of: done + batch.waiting }
  context.changed()
}

/** Go on while there is progress; an answer that moves nothing must not be asked again at once. */
function replied(context: Context, reply: SyncReply, batch: Batch, cursor: string): Next {
  const { pace, live } = context
  live.reason = ''
  const sent = new Set(batch.entries.map((entry) => entry.id))
  const moved = (reply.verdicts ?? []).filter(([id]) => sent.has(id)).length
  if (live.drain.state === 'sending') live.drain = { ...live.drain, done: live.drain.done + moved }
  const page = reply.changes.more === true && reply.changes.cursor !== cursor
  const stuck = sent.size > 0 && moved === 0
  if (stuck && (!reply.refusal || pace.failures > 2)) return pauseAfterFailure(context, null)
  if (stuck) pace.failures += 1
  else forgetFailures(pace)
  pace.limit = Math.min(BATCH_MUTATIONS, pace.limit * 2)
  const left = reply.refusal !== undefined || batch.waiting > batch.entries.length
  return left || page ? AGAIN : { kind: 'idle' }
}

function unanswered(context: Context, answer: Silent, batch: Batch): Next {
  const { pace, live } = context
  live.reason = ''
  if (answer.timeout) pace.limit = Math.max(1, Math.ceil(batch.entries.length / 2))
  return pauseAfterFailure(context, null)
}

async function refused(context: Context, answer: Refused, batch: Batch | null): Promise<Next> {
  const { live, host, store } = context
  live.reason = answer.code || `http-${answer.status}`
  const link = linkAfter(answer)
  if (link) {
    await setLink(store, link)
    await context.refresh()
    return { kind: 'wait', ms: LINK_PAUSE_MS, firm: false }
  }
  if (batch?.entries.length && isAboutContent(answer)) return narrow(context, answer, batch.entries)
  if (answer.status === 507) return waitAtLeast(host, answer.retryAfterMs ?? FULL_PAUSE_MS)
  if (answer.code === 'newer-client') return waitAtLeast(host, answer.retryAfterMs ?? LINK_PAUSE_MS)
  return pauseAfterFailure(context, answer.retryAfterMs)
}

function linkAfter(answer: Refused): Link | null {
  const { status, code } = answer
  if (status === 401 && code === 'revoked') return 'revoked'
  const lost = (status === 401 && code === 'no-session') || code === 'wrong-device'
  return lost ? 'expired' : null
}

function isAboutContent(answer: Refused): boolean {
  return (answer.status === 400 && answer.code === 'unreadable') || answer.status === 413
}

/** Halve the batch until the culprit is alone, then send it in a form that can be read. */
async function narrow(context: Context, answer: Refused, entries: Entry[]): Promise<Next> {
  const { pace, store } = context
  const [first] = entries
  if (entries.length > 1) {
    pace.limit = Math.ceil(entries.length / 2)
    return AGAIN
  }
  if (!answer.code || first?.n === undefined || first.as === 'void')
    return pauseAfterFailure(context, answer.retryAfterMs)
  await disguise(store, first.n)
  return AGAIN
}

function pauseAfterFailure(context: Context, retryAfterMs: number | null): Next {
  const { pace, host } = context
  if (retryAfterMs !== null) return waitAtLeast(host, retryAfterMs)
  const now = host.now()
  pace.darkSince ??= now
  const hasty = host.visible() && hasWork(context)
  const longest = hasty ? hastyBackoffMs(now - pace.darkSince) : LONGEST_BACKOFF_MS
  const ms = backoffMs(pace.failures, longest, share(host))
  pace.failures += 1
  return { kind: 'wait', ms, firm: false }
}

/** As long as the server asked, and up to a quarter more, so that phones do not return as one. */
function waitAtLeast(host: Host, ms: number): Next {
  return { kind: 'wait', ms: Math.ceil(ms * (1 + share(host) / 4)), firm: true }
}

/** A random share in [0, 1). */
export function share(host: Host): number {
  return (host.random()[15] ?? 0) / 256
}

/** The photo to upload next: its mutation is known to the server, and it failed least. */
export function nextPhoto(kept: Kept): Blobbed | undefined {
  const photos = waitingPhotos(kept, ({ verdict }) =>
    Boolean(verdict && verdict.outcome !== 'rejected'),
  )
  return photos.sort((a, b) => a.tries - b.tries)[0]
}

function waitingPhotos(kept: Kept, which: (entry: Entry) => boolean): Blobbed[] {
  const wanted = kept.entries.filter(which).flatMap((entry) => entry.intent.blobs ?? [])
  const blobs = [...new Set(wanted)].map((sha) => kept.blobs.get(sha))
  return blobs.filter((blob): blob is Blobbed => blob?.state === 'waiting')
}
