/** Who used this phone last, remembered where a dead database does not reach. */
import { browserHost, type Host } from './host.ts'
import { readJson, writeJson } from './small-storage.ts'
import { asked } from './store.ts'
import type { Person } from './view.ts'

const KEY = 'terrain-person'
/** Where the first versions kept it. */
const FORMER_DATABASE = 'terrain-meta'
const DEADLINE_MS = 3_000

/** The technician who used this phone last, for a page opened without network; null if none. */
export async function lastPerson(given: Partial<Host> = {}): Promise<Person | null> {
  const host = browserHost(given)
  return (
    readJson<Person>(host, KEY) ??
    inTime(
      host,
      former(host.indexedDB).catch(() => null),
    )
  )
}

/** Remember who uses this phone; a failure only costs the offline start. */
export function rememberPerson(host: Host, person: Person): void {
  writeJson(host, KEY, person)
}

async function former(factory: IDBFactory): Promise<Person | null> {
  const opening = factory.open(FORMER_DATABASE)
  opening.onupgradeneeded = () => opening.transaction?.abort() // there is none: make none
  const db = await asked(opening)
  try {
    const person = db.transaction('meta').objectStore('meta').get('last')
    return (await asked<Person | undefined>(person)) ?? null
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
