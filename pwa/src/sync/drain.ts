/** When to sync: one drain at a time, started by triggers, paced by what the server answered. */
import { isWaiting } from './entry.ts'
import type { Lock } from './lock.ts'
import { type Context, type Next, nextPhoto, photoRound, share, syncRound } from './round.ts'

const VISIBLE_EVERY_MS = 45_000
/** A poke reaches every phone of a crew at once; they come back spread over this time. */
const POKE_SPREAD_MS = 2_000
const OTHER_TAB_PAUSE_MS = 5_000
const BROKEN_PAUSE_MS = 5_000

export interface Drainer {
  /** Sync now, or once the server allows; resolves when the queue is empty or must wait. */
  poke(): Promise<void>
  /** The server says it has changes up to `sequence` (0: not said). */
  hear(sequence: number): void
  close(): void
}

export function createDrainer(context: Context, lock: Lock): Drainer {
  const { host, live } = context
  let running: Promise<void> | null = null
  let again = false
  let heard = false
  let closed = false
  let firm = { until: 0, ms: 0 }
  let cancel: () => void = () => undefined

  /** What the server's wait still lasts, ms; a clock set back meanwhile must not prolong it. */
  const firmLeft = (): number => {
    const left = firm.until - host.now()
    return left > 0 && left <= firm.ms ? left : 0
  }
  const schedule = (ms: number): void => {
    cancel()
    if (!closed) cancel = host.after(ms, tick)
  }
  const comeSoon = (): void => {
    heard = false
    schedule(share(host) * POKE_SPREAD_MS)
  }
  const tick = (): void => {
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
    if (next.kind !== 'wait') {
      live.retryAt = null
      live.drain = { state: 'idle' }
      if (heard) comeSoon()
      else schedule(VISIBLE_EVERY_MS)
      return
    }
    const until = host.now() + next.ms
    if (next.firm) firm = { until, ms: next.ms }
    live.retryAt = live.reason ? until : null
    live.drain = { state: 'waiting', until }
    if (hasWork(context)) host.wakeLater()
    schedule(next.ms)
  }
  const run = async (): Promise<void> => {
    cancel()
    do {
      again = false
      await pass()
      context.changed()
    } while (again && !closed && firmLeft() === 0)
  }
  const poke = (): Promise<void> => {
    if (closed) return Promise.resolve()
    if (running) again = true
    else if (firmLeft() > 0) schedule(firmLeft())
    else running = run().finally(() => (running = null))
    return running ?? Promise.resolve()
  }
  const hear = (sequence: number): void => {
    const pulled = context.kept().pull?.sequence ?? 0
    if (sequence !== 0 && sequence <= pulled) return
    // The round under way may have pulled before the change, and its end sets the timer anew.
    if (running) heard = true
    else comeSoon()
  }
  return {
    poke,
    hear,
    close: () => {
      closed = true
      cancel()
    },
  }
}

/** Mutations first, all of them; then photos, and after each photo a look for new mutations. */
async function drainOnce(context: Context, lock: Lock, isClosed: () => boolean): Promise<Next> {
  await context.mirror.absorb(context.store)
  let next: Next = { kind: 'again' }
  while (next.kind === 'again' && !isClosed()) {
    await lock.renew()
    next = await syncRound(context)
    if (next.kind !== 'idle') continue
    next = await photoRound(context)
    // Nothing new to say to the sync: go on with the photos.
    while (next.kind === 'again' && !isClosed() && !hasMutations(context)) {
      await lock.renew()
      next = await photoRound(context)
    }
  }
  return next
}

function hasMutations(context: Context): boolean {
  return context.kept().entries.some(isWaiting)
}

function hasWork(context: Context): boolean {
  return hasMutations(context) || nextPhoto(context.kept()) !== undefined
}
