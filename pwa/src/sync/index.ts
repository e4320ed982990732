/**
 * The replica of one technician on this phone, as the screens see it.
 *
 * A tap becomes a mutation (`capture.ts`), durable in IndexedDB before the promise resolves. The
 * drainer (`drain.ts`, `round.ts`) stamps mutations and sends them in order (`outbox.ts`,
 * `transport.ts`), puts each reply in place in one transaction (`replica.ts`, `rows.ts`), then
 * uploads photos (`blobs.ts`). What the screens show is the pulled rows with every mutation
 * replayed that they do not contain yet (`view.ts`, `effects.ts`). Clock, network, storage, locks
 * and timers come from `host.ts`, so that a test or a simulation can hold them all.
 *
 * One database a technician, `terrain-<technician>`: `meta` (identity, pull, link, contact, stage,
 * lease), `outbox`, `rows`, `stage`, `removed`, `conflicts`, `blobs`, `bytes`. What the database
 * will not take is mirrored in localStorage (`mirror.ts`).
 */
import {
  keepSomewhere,
  newEntry,
  newTap,
  type Resolved,
  readPhotos,
  resolve,
  type Tap,
} from './capture.ts'
import { compensation } from './compensate.ts'
import { createDrainer, type Drainer } from './drain.ts'
import type { Entry } from './entry.ts'
import { exportFile } from './export.ts'
import { browserHost, type Host } from './host.ts'
import { uuid7 } from './ids.ts'
import { createLock } from './lock.ts'
import { createMirror } from './mirror.ts'
import { type Photo, withdraw } from './outbox.ts'
import { type Context, FIRST_PACE, isUnseen } from './round.ts'
import { rememberPerson } from './session.ts'
import { markSession } from './session-marker.ts'
import { createState, type State } from './state.ts'
import { createStore } from './store.ts'
import type { Draft, ItemState, Replica, ReplicaOptions } from './types.ts'
import type { Live, Person } from './view.ts'

export { lastPerson } from './session.ts'

/** Set by the build. */
declare const __APP_VERSION__: string | undefined

const ABANDONABLE = new Set<ItemState>(['local', 'rejected', 'parked', 'retry'])

/** Open the replica of a technician; it syncs by itself until closed. */
export async function openReplica(options: ReplicaOptions): Promise<Replica> {
  const { technician, name, device, seed } = options
  const person: Person = { technician, name, device }
  const host = hostOf(options)
  const parts = assemble(host, person)
  await parts.state.open(seed)
  void rememberPerson(host, person)
  if (seed && parts.state.kept().link === 'active') void markPage()
  return parts.run()
}

interface Parts {
  state: State
  /** Start syncing; the replica stops it by `close`. */
  run(): Replica
}

function assemble(host: Host, person: Person): Parts {
  const store = createStore(host, `terrain-${person.technician}`)
  const mirror = createMirror(host, person.technician)
  const live = firstLive()
  const state = createState(host, store, mirror, person, live, () => void drainer.poke())
  const { kept, refresh, changed } = state
  const pace = { ...FIRST_PACE }
  const context: Context = {
    host,
    store,
    mirror,
    live,
    pace,
    app: version(),
    kept,
    refresh,
    changed,
  }
  const owner = uuid7(host.now(), host.random())
  const lock = createLock(host, store, `terrain-drain-${person.technician}`, owner)
  const drainer = createDrainer(context, lock)
  const run = (): Replica => {
    const ends = [
      host.wakes(drainer.wake),
      host.backgroundSyncs(drainer.nudge),
      host.pokes(drainer.hear),
    ]
    void drainer.poke()
    return {
      snapshot: state.snapshot,
      subscribe: state.subscribe,
      syncNow: drainer.poke,
      see: (key) => {
        live.seen.add(key)
        if (isUnseen(kept(), key)) void drainer.poke()
      },
      exportItems: () => exportFile(store, person, kept().entries, host.now()),
      ...createActions(context, state, drainer),
      close: () => {
        for (const end of ends) end()
        drainer.close()
        state.close()
        store.close()
      },
    }
  }
  return { state, run }
}

type Actions = Pick<Replica, 'capture' | 'retry' | 'abandon'>

function createActions(context: Context, state: State, drainer: Drainer): Actions {
  const { host, store, mirror, live } = context
  let last: Promise<unknown> = Promise.resolve()
  const keepDraft = async (tap: Tap, draft: Resolved, photos: Photo[]): Promise<string> => {
    const entry = newEntry(tap, draft)
    try {
      const place = await keepSomewhere(store, mirror, entry, photos)
      if (place === 'database') live.storage = 'ok'
    } catch (error) {
      live.storage = 'failing'
      state.changed()
      throw error
    }
    await state.refresh().catch(() => state.remember(entry))
    void drainer.poke()
    return entry.id
  }
  // One after the other: taps keep their order even while a photo is being hashed.
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work)
    last = turn.catch(() => undefined)
    return turn
  }
  const capture = (draft: Draft): Promise<string> => {
    const tap = newTap(host, state.kept())
    return inTurn(async () => {
      const photos = await readPhotos(draft.blobs ?? [])
      return keepDraft(tap, resolve(draft, photos), photos)
    })
  }
  const setAside = async (entry: Entry, reason: string): Promise<boolean> => {
    const gone = await withdraw(store, entry, { reason, at: host.now() })
    mirror.drop(new Set([entry.id])) // the database has its row now
    await state.refresh()
    return gone
  }
  return {
    capture,
    retry: async (id) => {
      const { entry, item } = find(state, id)
      if (item.state !== 'rejected' && item.state !== 'parked') return drainer.poke()
      // Its verdict stands for ever: the same intention goes again under a new id.
      const { kind, key, args = {}, deps = [], blobs = [] } = entry.intent
      const tap = newTap(host, state.kept())
      await inTurn(() => keepDraft(tap, { kind, key, args, deps, blobs }, []))
      await setAside(entry, 'retried')
    },
    abandon: async (id, reason) => {
      const { entry, item } = find(state, id)
      if (!ABANDONABLE.has(item.state)) throw new Error(`not-abandonable:${item.state}`)
      if (await setAside(entry, reason)) return
      const { key } = entry.intent
      const pulled = state.kept().rows.get(key) ?? {}
      const draft = compensation(entry.intent, pulled, state.snapshot().rows.get(key) ?? {})
      if (!draft) throw new Error('already-sent')
      await capture(draft)
    },
  }
}

function find(state: State, id: string) {
  const entry = state.kept().entries.find((candidate) => candidate.id === id)
  const item = state.snapshot().items.find((candidate) => candidate.id === id)
  if (!entry || !item) throw new Error('unknown-item')
  return { entry, item }
}

function firstLive(): Live {
  return {
    sending: new Set(),
    retryAt: null,
    reason: '',
    drain: { state: 'idle' },
    reachable: true,
    storage: 'ok',
    evicted: false,
    seen: new Set(),
  }
}

function hostOf(options: ReplicaOptions): Host {
  const { now, random, indexedDB } = options
  const given = options.fetch ? { fetch: options.fetch } : {}
  return browserHost({
    ...given,
    ...(now && { now }),
    ...(random && { random }),
    ...(indexedDB && { indexedDB }),
    ...options.host,
  })
}

function version(): string {
  return typeof __APP_VERSION__ === 'string' ? __APP_VERSION__ : ''
}

/** This page came with the day in it: its path belongs to the standing session. */
async function markPage(): Promise<void> {
  await markSession(true, globalThis.location?.pathname ?? null).catch(() => undefined)
}
