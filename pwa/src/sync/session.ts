/** Who used this phone last, remembered outside any technician's database. */
import type { Host } from './host.ts'
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

function inMeta<T>(
  factory: IDBFactory,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const opening = factory.open(DATABASE, 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore('meta')
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
      const db = opening.result
      const tx = db.transaction('meta', mode)
      const request = work(tx.objectStore('meta'))
      tx.oncomplete = () => {
        db.close()
        resolve(request.result as T)
      }
      tx.onabort = () => {
        db.close()
        reject(tx.error)
      }
    }
  })
}
