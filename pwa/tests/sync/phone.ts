/** A phone under test: its own database, storage, clock and timers, held by the test. */
import { IDBFactory } from 'fake-indexeddb'
import type { Host } from '../../src/sync/host.ts'
import { openReplica } from '../../src/sync/index.ts'
import type { Replica, ReplicaOptions } from '../../src/sync/types.ts'
import { Server } from './server.ts'

/** Pauses of the database between attempts are shorter than any wait of the drain. */
const LONGEST_PAUSE_MS = 800
const STEP_MS = 250
/** More than the database and the server take to answer. */
const TURNS_OF_A_ROUND = 60

export class Clock {
  now = 1_795_000_000_000
  private timers: { at: number; run: () => void }[] = []

  after = (ms: number, run: () => void): (() => void) => {
    if (this.skipping && ms <= LONGEST_PAUSE_MS) {
      const soon = setImmediate(run)
      return () => clearImmediate(soon)
    }
    const timer = { at: this.now + ms, run }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((other) => other !== timer)
    }
  }

  /** From now on everything scheduled happens at once: for pauses between retries. */
  private skipping = false
  skip(): void {
    this.skipping = true
  }

  advance(ms: number): void {
    this.now += ms
    const due = this.timers.filter((timer) => timer.at <= this.now)
    this.timers = this.timers.filter((timer) => timer.at > this.now)
    for (const timer of due) timer.run()
  }
}

export class Phone {
  clock = new Clock()
  factory: IDBFactory = new IDBFactory()
  local = new Map<string, string>()
  storageWorks = true
  /** The page wakes: online, shown, restored. */
  waker: () => void = () => undefined
  /** The browser's Background Sync fires. */
  syncer: () => void = () => undefined
  /** The server pokes. */
  poker: (sequence: number) => void = () => undefined
  shown = true
  /** How often a Background Sync was asked for; it fires at once, as in Chromium with network. */
  registrations = 0
  private tabs = new Set<() => void>()
  private count = 0

  private readonly server: Server

  constructor(server: Server) {
    this.server = server
  }

  open(given: Partial<ReplicaOptions> = {}): Promise<Replica> {
    return openReplica({
      technician: 'marc',
      name: 'Marc Tremblay',
      device: 'd1',
      ...given,
      host: { ...this.host(), ...given.host },
    })
  }

  skipPauses(): void {
    this.clock.skip()
  }

  host(): Partial<Host> {
    return {
      fetch: (input, init) => this.server.fetch(input, init),
      now: () => this.clock.now,
      random: () => this.random(),
      indexedDB: this.factory,
      after: this.clock.after,
      storage: {
        getItem: (key) => this.local.get(key) ?? null,
        setItem: (key, value) => {
          if (!this.storageWorks) throw new DOMException('full', 'QuotaExceededError')
          this.local.set(key, value)
        },
        removeItem: (key) => void this.local.delete(key),
      },
      locks: null,
      channel: (_name, hear) => this.join(hear),
      visible: () => this.shown,
      wakes: (hear) => {
        this.waker = hear
        return () => undefined
      },
      pokes: (hear) => {
        this.poker = hear
        return () => undefined
      },
      wakeLater: () => {
        this.registrations += 1
        setImmediate(() => this.syncer())
      },
      backgroundSyncs: (hear) => {
        this.syncer = hear
        return () => undefined
      },
    }
  }

  // The last byte is what jitter is drawn from: the middle of its range.
  private random(): Uint8Array {
    const bytes = new Uint8Array(16).fill(0)
    new DataView(bytes.buffer).setUint32(8, ++this.count)
    bytes[15] = 128
    return bytes
  }

  private join(hear: () => void): ReturnType<Host['channel']> {
    const tab = (): void => void setImmediate(hear)
    this.tabs.add(tab)
    return {
      tell: () => {
        for (const other of this.tabs) if (other !== tab) other()
      },
      close: () => void this.tabs.delete(tab),
    }
  }
}

/** A phone that has spoken to its server once. */
export async function opened(given: Partial<ReplicaOptions> = {}) {
  const server = new Server()
  const phone = new Phone(server)
  const replica = await phone.open(given)
  await replica.syncNow()
  return { server, phone, replica }
}

/** Let time pass in small steps, with whatever each one starts. */
export async function pass(phone: Phone, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= STEP_MS) {
    phone.clock.advance(Math.min(left, STEP_MS))
    for (let turn = 0; turn < TURNS_OF_A_ROUND; turn++) {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

/** Wait, without a clock, until something is so; hashing and gzip are done by other threads. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200_000; turn++) {
    if (isSo()) return
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error('it never became so')
}

export const note = (text: string, key = 'job/1') => ({ kind: 'note', key, args: { text } })

/** The state of every item, in order. */
export const states = (replica: Replica): string[] =>
  replica.snapshot().items.map((item) => item.state)

/** The values of a whole store of the phone's database. */
export function stored(phone: Phone, name: string): Promise<unknown[]> {
  return inDatabase(phone, name, 'readonly', (store) => store.getAll())
}

export function inDatabase<T>(
  phone: Phone,
  name: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const opening = phone.factory.open('terrain-marc')
    opening.onsuccess = () => {
      const tx = opening.result.transaction(name, mode)
      const request = work(tx.objectStore(name))
      tx.oncomplete = () => {
        opening.result.close()
        resolve(request.result)
      }
      tx.onabort = () => reject(tx.error)
    }
  })
}
