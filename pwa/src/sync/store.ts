/** The database of one technician on this phone: its schema, its transactions, its recovery. */
import type { Host } from './host.ts'

const PLAIN_STORES = ['meta', 'rows', 'stage', 'removed', 'conflicts', 'blobs', 'bytes'] as const
const FIRST_PAUSE_MS = 50
const LAST_PAUSE_MS = 1_600 // five more attempts, 1.55 s in all
// An opening that hangs is not worth waiting for twice: the mirror takes over.
const OPEN_DEADLINE_MS = 3_000
// WebKit loses its database server when the app sleeps; a fresh connection usually works.
const DEATHS = new Set(['UnknownError', 'InvalidStateError'])
const DEAD = Symbol('dead')

/**
 * What each version of the schema adds to the one before it; a step that was once released never
 * changes. Version 1: `outbox` is ordered by `n`, given at capture; its indexes let a row that
 * cannot be read any more still be named. `bytes` holds photos apart from their state in `blobs`.
 */
const STEPS: readonly ((db: IDBDatabase) => void)[] = [
  (db) => {
    for (const name of PLAIN_STORES) db.createObjectStore(name)
    const outbox = db.createObjectStore('outbox', { keyPath: 'n', autoIncrement: true })
    outbox.createIndex('id', 'id', { unique: true })
    outbox.createIndex('stamp', ['line', 'seq'])
  },
]

export type StoreName = (typeof PLAIN_STORES)[number] | 'outbox'

export interface Store {
  read<T>(names: StoreName[], work: (tx: IDBTransaction) => Promise<T>): Promise<T>
  /** Resolves once the transaction has committed, on the disk itself when `strict`. */
  write<T>(
    names: StoreName[],
    work: (tx: IDBTransaction) => Promise<T>,
    strict?: 'strict',
  ): Promise<T>
  close(): void
}

/** Every store, for transactions that touch them all. */
export const ALL_STORES: StoreName[] = [...PLAIN_STORES, 'outbox']

/** The store of one database; it opens at first use and again whenever the connection died. */
export function createStore(host: Host, name: string): Store {
  let opening: Promise<IDBDatabase> | null = null
  let closed = false
  const forget = (): void => {
    opening = null
  }
  const reopen = (): void => {
    opening?.then((db) => db.close()).catch(() => undefined)
    forget()
  }
  const once: Run = async (names, mode, durability, work) => {
    if (closed) throw new Error('closed')
    opening ??= open(host, name, forget)
    const db = await opening
    return settle(db.transaction(names, mode, { durability }), work)
  }
  const run: Run = async (names, mode, durability, work) => {
    for (let pauseMs = FIRST_PAUSE_MS; pauseMs < LAST_PAUSE_MS; pauseMs *= 2) {
      const result = await once(names, mode, durability, work).catch(deadOrThrow)
      if (result !== DEAD) return result
      reopen()
      await pause(host, pauseMs)
    }
    return once(names, mode, durability, work)
  }
  return {
    read: (names, work) => run(names, 'readonly', 'default', work),
    write: (names, work, strict) => run(names, 'readwrite', strict ?? 'relaxed', work),
    close: () => {
      closed = true
      reopen()
    },
  }
}

/** The result of one request. */
export function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** Keys and values of a plain store. */
export async function readAll<T>(tx: IDBTransaction, name: StoreName): Promise<Map<string, T>> {
  const store = tx.objectStore(name)
  const [keys, values] = await Promise.all([asked(store.getAllKeys()), asked(store.getAll())])
  return new Map(keys.map((key, i) => [String(key), values[i] as T]))
}

/** One value of a plain store, or undefined. */
export function readOne<T>(
  tx: IDBTransaction,
  name: StoreName,
  key: string,
): Promise<T | undefined> {
  return asked(tx.objectStore(name).get(key) as IDBRequest<T | undefined>)
}

type Run = <T>(
  names: StoreName[],
  mode: IDBTransactionMode,
  durability: IDBTransactionDurability,
  work: (tx: IDBTransaction) => Promise<T>,
) => Promise<T>

function open(host: Host, name: string, forget: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = host.indexedDB.open(name, STEPS.length)
    let late = false
    const fail = (error: unknown): void => {
      late = true
      forget()
      reject(error)
    }
    const cancel = host.after(OPEN_DEADLINE_MS, () =>
      fail(new DOMException('open', 'TimeoutError')),
    )
    request.onupgradeneeded = ({ oldVersion }) => {
      for (const step of STEPS.slice(oldVersion)) step(request.result)
    }
    request.onerror = () => {
      cancel()
      fail(request.error)
    }
    request.onsuccess = () => {
      cancel()
      if (late) request.result.close()
      else resolve(watched(request.result, forget))
    }
  })
}

function watched(db: IDBDatabase, forget: () => void): IDBDatabase {
  db.onclose = forget
  // A newer version of the app waits in another tab: let it upgrade.
  db.onversionchange = () => {
    db.close()
    forget()
  }
  return db
}

async function settle<T>(tx: IDBTransaction, work: (tx: IDBTransaction) => Promise<T>): Promise<T> {
  const committed = new Promise<void>((resolve, reject) => {
    tx.oncomplete = () => resolve()
    tx.onabort = () => reject(tx.error ?? new DOMException('aborted', 'AbortError'))
  })
  committed.catch(() => undefined) // it is awaited below, unless the work itself fails first
  try {
    const result = await work(tx)
    await committed
    return result
  } catch (error) {
    abort(tx)
    throw error
  }
}

function abort(tx: IDBTransaction): void {
  try {
    tx.abort()
  } catch {
    // It has already ended.
  }
}

function deadOrThrow(error: unknown): typeof DEAD {
  if (error instanceof Error && DEATHS.has(error.name)) return DEAD
  throw error
}

function pause(host: Host, ms: number): Promise<void> {
  return new Promise((resolve) => {
    host.after(ms, resolve)
  })
}
