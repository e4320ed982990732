/** What this page holds in memory of its replica: read from the database, told to the screens. */
import { type Entry, isWaiting, OFFICE_LATE_MS, stateOf } from './entry.ts'
import type { Host } from './host.ts'
import type { Mirror } from './mirror.ts'
import type { SyncReply } from './protocol.ts'
import { adopt, emptyKept, type Kept, load, plant } from './replica.ts'
import { markSession } from './session-marker.ts'
import type { Store } from './store.ts'
import type { Link, Snapshot } from './types.ts'
import { buildSnapshot, type Live, type Person } from './view.ts'

export interface State {
  kept(): Kept
  snapshot(): Snapshot
  subscribe(listener: () => void): () => void
  /** First read; with the page's seed when it has one. Never fails: then storage is `failing`. */
  open(seed: SyncReply | undefined): Promise<void>
  /** Read again, tell the screens and the other tabs. */
  refresh(): Promise<void>
  /** Tell the screens that `live` changed. */
  changed(): void
  /** An entry that is kept, though the database cannot be read now. */
  remember(entry: Entry): void
  close(): void
}

/** The state of one page; `onWork` is called when another tab left something to send. */
export function createState(
  host: Host,
  store: Store,
  mirror: Mirror,
  person: Person,
  live: Live,
  onWork: () => void,
): State {
  const listeners = new Set<() => void>()
  let kept = emptyKept(person.device)
  let snapshot: Snapshot | null = null
  let reads = 0
  let shown = 0
  let link: Link = 'unknown'
  let cancelLate: () => void = () => undefined

  const changed = (): void => {
    snapshot = null
    for (const listener of [...listeners]) listener()
  }
  const reload = async (): Promise<void> => {
    const read = ++reads
    const fresh = await load(store)
    if (read < shown) return // a later read is already on the screen
    shown = read
    kept = withMirrored(fresh, mirror)
    if (kept.link !== link && kept.link !== 'unknown')
      void markSession(kept.link === 'active', null).catch(() => undefined)
    link = kept.link
    changed()
  }
  // Only work that is new to this page starts a drain, or two tabs would poke each other for ever.
  const heard = (): void => {
    const known = new Set(kept.entries.map((entry) => entry.id))
    reload()
      .then(() => kept.entries.some((e) => isWaiting(e) && !known.has(e.id)) && onWork())
      .catch(() => undefined) // the database is away; the next drain tries again
  }
  const channel = host.channel(`terrain-${person.technician}`, heard)
  return {
    kept: () => kept,
    snapshot: () => {
      if (snapshot) return snapshot
      cancelLate()
      cancelLate = whenLate(host, kept, live, changed)
      snapshot = buildSnapshot(kept, live, person, host.now())
      return snapshot
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    open: async (seed) => {
      try {
        live.evicted = await prepare(host, store, mirror, person, seed)
        await reload()
      } catch {
        live.storage = 'failing'
        kept = withMirrored({ ...kept, ...rowsOf(seed) }, mirror)
      }
    },
    refresh: async () => {
      await reload()
      channel.tell()
    },
    changed,
    remember: (entry) => {
      if (!kept.entries.some((known) => known.id === entry.id)) kept.entries.push(entry)
      changed()
    },
    close: () => {
      cancelLate()
      listeners.clear()
      channel.close()
    },
  }
}

/** Make the database ready for this phone; true when it was lost since the last time. */
async function prepare(
  host: Host,
  store: Store,
  mirror: Mirror,
  person: Person,
  seed: SyncReply | undefined,
): Promise<boolean> {
  const { identity } = await load(store)
  const canary = mirror.canary()
  const evicted = identity.device === '' && canary !== null
  // Numbers that were used before the loss are taken: begin another epoch at once.
  const epoch = evicted && canary.device === person.device ? canary.epoch + 1 : 1
  await mirror.absorb(store)
  await adopt(store, person.device, epoch)
  if (seed) await plant(store, seed, host.now())
  return evicted
}

function withMirrored(kept: Kept, mirror: Mirror): Kept {
  const known = new Set(kept.entries.map((entry) => entry.id))
  const mirrored = mirror.entries().filter((entry) => !known.has(entry.id))
  return { ...kept, entries: [...kept.entries, ...mirrored] }
}

/** The page's own rows, for a phone whose database cannot be opened at all. */
function rowsOf(seed: SyncReply | undefined): Partial<Kept> {
  if (!seed) return {}
  const { cursor, sequence, epoch, put = [] } = seed.changes
  return {
    rows: new Map(put.map(({ key, cells }) => [key, cells])),
    pull: { cursor, sequence, epoch, at: seed.now, backedUp: 0 },
    link: 'active',
  }
}

/** Call when the next received item becomes late, so that the screen says so. */
function whenLate(host: Host, kept: Kept, live: Live, run: () => void): () => void {
  const now = host.now()
  const received = kept.entries.filter((entry) => stateOf(entry, live, now) === 'received')
  if (received.length === 0) return () => undefined
  const oldest = Math.min(...received.map((entry) => entry.verdict?.at ?? now))
  return host.after(Math.max(0, oldest + OFFICE_LATE_MS - now), run)
}
