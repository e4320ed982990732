/** The outbox: keeps mutations and their photos, and stamps mutations for sending. */
import { disguised, type Entry, inOrder, isStamped, isWaiting, stamped } from './entry.ts'
import { madeAt } from './ids.ts'
import { BATCH_BYTES } from './protocol.ts'
import { asked, readOne, type Store } from './store.ts'

/** Room for what surrounds the mutations in a request. */
const ENVELOPE_BYTES = 2_048

/** Who this replica is on the wire; `server` is the server epoch last seen. */
export interface Identity {
  device: string
  epoch: number
  nextSeq: number
  server: string
}

export interface Photo {
  sha: string
  /** SHA-256 of the file that the camera gave, kept as evidence. */
  original: string
  type: string
  bytes: ArrayBuffer
}

/** State of one photo's upload; its bytes are in another store. */
export interface Blobbed {
  sha: string
  /** As of the photo; photos kept by older versions of the app do not say. */
  original?: string
  type: string
  size: number
  state: 'waiting' | 'sent' | 'lost' | 'refused'
  offset: number
  /** Failures in a row: those that fail wait behind the others. */
  tries: number
  url?: string
}

export interface Batch {
  identity: Identity
  entries: Entry[]
  waiting: number
}

/** The name of a numbering: stamps of another line are void. */
export function lineOf(identity: Identity): string {
  return `${identity.device}/${identity.epoch}`
}

/** Keep a mutation and its photos in one transaction; resolves once they are on the disk. */
export async function keep(store: Store, entry: Entry, photos: Photo[]): Promise<Entry> {
  return store.write(
    photos.length ? ['outbox', 'blobs', 'bytes'] : ['outbox'],
    async (tx) => {
      for (const photo of photos) await keepPhoto(tx, photo)
      return { ...entry, n: await addOnce(tx, entry) }
    },
    'strict',
  )
}

/** Stamp and return the next batch, at most `limit` mutations, in one transaction. */
export async function freeze(store: Store, limit: number): Promise<Batch> {
  return store.write(
    ['outbox', 'meta'],
    async (tx) => {
      const identity = await readIdentity(tx)
      const waiting = (await readEntries(tx)).filter(isWaiting).sort(inOrder(lineOf(identity)))
      const entries = stampBatch(identity, waiting, limit)
      for (const entry of entries) await asked(tx.objectStore('outbox').put(entry))
      await asked(tx.objectStore('meta').put(identity, 'identity'))
      return { identity, entries, waiting: waiting.length }
    },
    'strict',
  )
}

/** Send an unreadable mutation as `opaque` from now on, then as `void`. */
export async function disguise(store: Store, n: number): Promise<void> {
  await store.write(
    ['outbox'],
    async (tx) => {
      const outbox = tx.objectStore('outbox')
      const entry = await asked(outbox.get(n) as IDBRequest<Entry | undefined>)
      if (entry && isWaiting(entry)) await asked(outbox.put(disguised(entry)))
    },
    'strict',
  )
}

/**
 * Withdraw a mutation that never left the phone, or set aside a refused one; false if too late.
 * The database's own row counts: what the mirror held may have come into it, and left, meanwhile.
 */
export async function withdraw(
  store: Store,
  shown: Entry,
  abandoned: Entry['abandoned'] & object,
): Promise<boolean> {
  return store.write(
    ['outbox'],
    async (tx) => {
      const outbox = tx.objectStore('outbox')
      const row = asked(outbox.index('id').get(shown.id) as IDBRequest<Entry | undefined>)
      const entry = (await row) ?? shown
      if (entry.seq !== undefined && !entry.verdict) return false
      await asked(outbox.put({ ...entry, abandoned }))
      return true
    },
    'strict',
  )
}

/** The entries; a row that cannot be read stands for itself as `void`. */
export async function readEntries(tx: IDBTransaction): Promise<Entry[]> {
  const outbox = tx.objectStore('outbox')
  const entries = await readable(outbox.getAll() as IDBRequest<Entry[]>)
  return entries?.every(isEntry) ? entries : salvage(outbox)
}

export async function readIdentity(tx: IDBTransaction): Promise<Identity> {
  const identity = await readOne<Identity>(tx, 'meta', 'identity')
  return identity ?? { device: '', epoch: 1, nextSeq: 1, server: '' }
}

function stampBatch(identity: Identity, waiting: Entry[], limit: number): Entry[] {
  const line = lineOf(identity)
  const batch: Entry[] = []
  let bytes = ENVELOPE_BYTES
  for (const entry of waiting.slice(0, limit)) {
    const ready = isStamped(entry, line) ? entry : stamped(entry, line, identity.nextSeq)
    bytes += new TextEncoder().encode(ready.wire).length + 1
    if (bytes > BATCH_BYTES && batch.length) break
    identity.nextSeq = Math.max(identity.nextSeq, (ready.seq ?? 0) + 1)
    batch.push({ ...ready, attempts: entry.attempts + 1 })
  }
  return batch
}

// A capture retried after a lost answer of the database must not be there twice.
async function addOnce(tx: IDBTransaction, entry: Entry): Promise<number> {
  const outbox = tx.objectStore('outbox')
  const there = await asked(outbox.index('id').getKey(entry.id))
  return Number(there ?? (await asked(outbox.add(entry))))
}

// The same photo again: its bytes may have gone from here since.
async function keepPhoto(tx: IDBTransaction, photo: Photo): Promise<void> {
  const { bytes, ...named } = photo
  await asked(tx.objectStore('bytes').put(bytes, named.sha))
  const known = await readOne<Blobbed>(tx, 'blobs', named.sha)
  if (known && known.state !== 'lost') return
  const blob: Blobbed = { ...named, size: bytes.byteLength, state: 'waiting', offset: 0, tries: 0 }
  await asked(tx.objectStore('blobs').put(blob, blob.sha))
}

/** Read what can be read row by row; the indexes still name the id and the stamp of the rest. */
async function salvage(outbox: IDBObjectStore): Promise<Entry[]> {
  const ids = await indexed(outbox.index('id'))
  const stamps = await indexed(outbox.index('stamp'))
  const entries: Entry[] = []
  for (const n of await asked(outbox.getAllKeys())) {
    const row: unknown = await readable(outbox.get(n))
    entries.push(isEntry(row) ? row : unreadable(Number(n), ids.get(n), stamps.get(n)))
  }
  return entries
}

/** The result of a read, or null when the row is damaged; the transaction goes on. */
function readable<T>(request: IDBRequest<T>): Promise<T | null> {
  return new Promise((resolve) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = (event) => {
      event.preventDefault() // else the transaction aborts
      resolve(null)
    }
  })
}

function indexed(index: IDBIndex): Promise<Map<IDBValidKey, IDBValidKey>> {
  return new Promise((resolve, reject) => {
    const keys = new Map<IDBValidKey, IDBValidKey>()
    const request = index.openKeyCursor()
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      const cursor = request.result
      if (!cursor) return resolve(keys)
      keys.set(cursor.primaryKey, cursor.key)
      cursor.continue()
    }
  })
}

function unreadable(n: number, id: unknown, stamp: unknown): Entry {
  const name =
    typeof id === 'string' ? id : `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
  const intent = { id: name, kind: 'void', key: '', base: 0, made_at: madeAt(name) }
  const entry: Entry = { n, id: name, intent, attempts: 0, as: 'void' }
  if (!Array.isArray(stamp)) return entry
  return stamped(entry, String(stamp[0]), Number(stamp[1]))
}

function isEntry(row: unknown): row is Entry {
  if (typeof row !== 'object' || row === null) return false
  const { id, intent, seq, wire } = row as Partial<Entry>
  if (typeof id !== 'string' || typeof intent?.kind !== 'string') return false
  return seq === undefined || typeof wire === 'string'
}
