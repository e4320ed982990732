/** When to sync: one drain at a time, started by triggers, paced by what the server answered. */
import { unfiledFor } from './entry.ts'
import type { Host } from './host.ts'
import type { Lock } from './lock.ts'
import {
  AGAIN,
  type Context,
  forgetFailures,
  hasMutations,
  hasWork,
  type Next,
  photoRound,
  share,
  syncRound,
  type Wait,
} from './round.ts'

const VISIBLE_EVERY_MS = 45_000
/** Pokes may not come through: what was just sent is asked after, this often and this long. */
const UNFILED_EVERY_MS = 5_000
const UNFILED_FOR_MS = 60_000
/** A poke reaches every phone of a crew at once; they come back spread over this time. */
const POKE_SPREAD_MS = 500
const OTHER_TAB_PAUSE_MS = 5_000
const BROKEN_PAUSE_MS = 5_000

export interface Drainer {
  /** Sync now, or once the server allows; resolves when the queue is empty or must wait. */
  poke(): Promise<void>
  /** The network or the user is back: sync now, with a fresh back-off. */
  wake(): void
  /** A Background Sync fired: sync, unless a back-off is running. Its firing proves no network. */
  nudge(): void
  /** The server says it has changes up to `sequence` (0: not said). */
  hear(sequence: number): void
  close(): void
}

export function createDrainer(context: Context, lock: Lock): Drainer {
  const { host, live } = context
  let running: Promise<void> | null = null
  let again = false
  let closed = false
  /** The furthest change that a poke told of since the last round began; 0: none. */
  let heard = 0
  /** A Background Sync was asked for in this back-off: it may fire at once, and again, for ever. */
  let asked = false
  let firm: Pause = { until: 0, ms: 0 }
  let pause: Pause = firm
  let cancel: () => void = () => undefined

  const schedule = (ms: number): void => {
    cancel()
    if (!closed) cancel = host.after(ms, tick)
  }
  const isNews = (): boolean => heard > (context.kept().pull?.sequence ?? 0)
  const tick = (): void => {
    heard = 0
    if (host.visible() || hasWork(context)) void poke()
    else schedule(VISIBLE_EVERY_MS)
  }
  const pass = async (): Promise<void> => {
    let next: Next = { kind: 'wait', ms: OTHER_TAB_PAUSE_MS, firm: false }
    try {
      await lock.alone(async () => {
        next = await drainOnce(context, lock, () => closed)
      })
    } catch {
      next = { kind: 'wait', ms: BROKEN_PAUSE_MS, firm: false } // the database failed; nothing moved
    }
    rest(next)
  }
  const rest = (next: Next): void => {
    live.sending = new Set()
    if (next.kind === 'wait') backOff(next)
    else idle()
  }
  const backOff = (next: Wait): void => {
    const until = host.now() + next.ms
    pause = { until, ms: next.ms }
    if (next.firm) firm = pause
    live.retryAt = live.reason ? until : null
    live.drain = { state: 'waiting', until }
    heard = 0
    if (hasWork(context) && !asked) {
      asked = true
      host.wakeLater()
    }
    schedule(next.ms)
  }
  const idle = (): void => {
    asked = false
    pause = firm
    live.retryAt = null
    live.drain = { state: 'idle' }
    schedule(isNews() ? share(host) * POKE_SPREAD_MS : idleMs(context))
  }
  const run = async (): Promise<void> => {
    cancel()
    do {
      again = false
      heard = 0
      await pass()
      context.changed()
    } while (again && !closed && left(host, firm) === 0)
  }
  const poke = (): Promise<void> => {
    if (closed) return Promise.resolve()
    if (running) again = true
    else if (left(host, firm) > 0) schedule(left(host, firm))
    else running = run().finally(() => (running = null))
    return running ?? Promise.resolve()
  }
  const wake = (): void => {
    forgetFailures(context.pace)
    asked = false
    void poke()
  }
  const nudge = (): void => {
    if (!running && left(host, pause) === 0) void poke()
  }
  const hear = (sequence: number): void => {
    const awaited = isNews()
    heard = Math.max(heard, sequence || Number.POSITIVE_INFINITY)
    if (!awaited && isNews() && !running) schedule(share(host) * POKE_SPREAD_MS)
  }
  return {
    poke,
    wake,
    nudge,
    hear,
    close: () => {
      closed = true
      cancel()
    },
  }
}

interface Pause {
  until: number
  ms: number
}

/** What a pause still lasts, ms; a clock set back meanwhile must not prolong it. */
function left(host: Host, pause: Pause): number {
  const ms = pause.until - host.now()
  return ms > 0 && ms <= pause.ms ? ms : 0
}

/** When to look again though nothing calls: soon after a push, for the office's receipts. */
function idleMs({ host, kept }: Context): number {
  const fresh = kept().entries.some((entry) => {
    const age = unfiledFor(entry, host.now())
    return age !== null && age >= 0 && age < UNFILED_FOR_MS
  })
  return fresh ? UNFILED_EVERY_MS * (1 - share(host) / 5) : VISIBLE_EVERY_MS
}

/** Mutations first, all of them; then photos, and after each photo a look for new mutations. */
async function drainOnce(context: Context, lock: Lock, isClosed: () => boolean): Promise<Next> {
  await context.mirror.absorb(context.store)
  let next: Next = { kind: 'again' }
  while (next.kind === 'again' && !isClosed()) {
    await lock.renew()
    next = await syncRound(context)
    if (next.kind === 'idle') next = await sendPhotos(context, lock, isClosed)
  }
  return next
}

/** Photos until there is something new to say to the sync: mutations, or that all have left. */
async function sendPhotos(context: Context, lock: Lock, isClosed: () => boolean): Promise<Next> {
  let next = await photoRound(context)
  if (next.kind === 'idle') return next
  while (next.kind === 'again' && !isClosed() && !hasMutations(context)) {
    await lock.renew()
    next = await photoRound(context)
  }
  return next.kind === 'idle' ? AGAIN : next
}
