/** Who used this phone last, remembered outside any technician's database. */
import type { Host } from './host.ts'
import { asked } from './store.ts'
import type { Person } from './view.ts'

const DATABASE = 'terrain-meta'

/** The technician who used this phone last, for a page opened without network; null if none. */
export async function lastPerson(factory: IDBFactory = indexedDB): Promise<Person | null> {
  const request = await inMeta<Person | undefined>(factory, 'readonly', (s) => s.get('last'))
  return request ?? null
}

/** Remember who uses this phone; a failure only costs the offline start. */
export async function rememberPerson(host: Host, person: Person): Promise<void> {
  await inMeta(host.indexedDB, 'readwrite', (s) => s.put(person, 'last')).catch(() => undefined)
}

async function inMeta<T>(
  factory: IDBFactory,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const db = await open(factory)
  try {
    const tx = db.transaction('meta', mode) // throws when the browser has lost its database server
    const request = work(tx.objectStore('meta'))
    await ended(tx)
    return request.result
  } finally {
    db.close()
  }
}

function open(factory: IDBFactory): Promise<IDBDatabase> {
  const opening = factory.open(DATABASE, 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore('meta')
  return asked(opening)
}

function ended(tx: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    tx.oncomplete = () => resolve()
    tx.onabort = () => reject(tx.error)
  })
}
