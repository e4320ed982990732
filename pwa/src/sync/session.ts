/** Who used this phone last: in a small database of its own, and where a dead one does not reach. */
import { browserHost, type Host } from './host.ts'
import { readJson, writeJson } from './small-storage.ts'
import { asked } from './store.ts'
import type { Person } from './view.ts'

const KEY = 'terrain-person'
const DATABASE = 'terrain-meta'
const STORE = 'meta'
const LAST = 'last'
const DEADLINE_MS = 3_000

/**
 * The technician who used this phone last, for a page opened without network; null if none. The
 * database is asked first: Chromium writes the small storage to the disk some seconds late, and a
 * phone that is killed before would be nobody's, or the former one's.
 */
export async function lastPerson(given: Partial<Host> = {}): Promise<Person | null> {
  const host = browserHost(given)
  const kept = withMeta(host.indexedDB, null, readLast).catch(() => null)
  return (await inTime(host, kept)) ?? readJson<Person>(host, KEY)
}

/** Remember who uses this phone; never fails: without it only the offline start is lost. */
export async function rememberPerson(host: Host, person: Person): Promise<void> {
  writeJson(host, KEY, person)
  const write = (tx: IDBTransaction) => asked(tx.objectStore(STORE).put(person, LAST))
  await withMeta(host.indexedDB, STORE, write).catch(() => undefined)
}

async function readLast(tx: IDBTransaction): Promise<Person | null> {
  return (await asked<Person | undefined>(tx.objectStore(STORE).get(LAST))) ?? null
}

/** Work in the small database, which is made with the store `made`; null: never made. */
async function withMeta<T>(
  factory: IDBFactory,
  made: string | null,
  work: (tx: IDBTransaction) => Promise<T>,
): Promise<T> {
  const opening = factory.open(DATABASE)
  opening.onupgradeneeded = () => {
    if (made) opening.result.createObjectStore(made)
    else opening.transaction?.abort()
  }
  const db = await asked(opening)
  const mode = made ? 'readwrite' : 'readonly'
  try {
    return await work(db.transaction(STORE, mode, { durability: 'strict' }))
  } finally {
    db.close()
  }
}

/** A database may neither open nor fail. */
function inTime(host: Host, person: Promise<Person | null>): Promise<Person | null> {
  return new Promise((resolve) => {
    const cancel = host.after(DEADLINE_MS, () => resolve(null))
    void person.then((found) => {
      cancel()
      resolve(found)
    })
  })
}
