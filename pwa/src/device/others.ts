/** What other technicians of a shared phone have not sent yet: each has a database of his own. */
import { type Entry, isWaiting } from '../sync/entry.ts'
import { asked } from '../sync/store.ts'
import { recall, remember } from './small.ts'

export interface Other {
  name: string
  unsent: number
}

const PREFIX = 'terrain-'
const PERSON = 'terrain-person'
const NAMES = 'terrain-names'

/** Keep the name of who uses this phone now: his database tells his id alone. */
export function rememberName(): void {
  const { technician, name } = read(recall(PERSON))
  if (technician && name)
    remember(NAMES, JSON.stringify({ ...read(recall(NAMES)), [technician]: name }))
}

/** The others who have unsent work on this phone, as far as the browser tells of its databases. */
export async function others(own: string, factory = indexedDB): Promise<Other[]> {
  const names = read(recall(NAMES))
  const found = (await factory.databases?.().catch(() => [])) ?? []
  const counted = await Promise.all(
    found
      .map(({ name = '' }) => name)
      .filter((name) => name.startsWith(PREFIX) && name !== `${PREFIX}${own}`)
      .map(async (database) => ({
        name: names[database.slice(PREFIX.length)] ?? '',
        unsent: await unsent(factory, database).catch(() => 0),
      })),
  )
  return counted.filter((other) => other.unsent > 0)
}

/** Only read: it is not this technician's to change. */
async function unsent(factory: IDBFactory, database: string): Promise<number> {
  const opening = factory.open(database)
  opening.onupgradeneeded = () => opening.transaction?.abort() // it is gone: make none
  const db = await asked(opening)
  db.onversionchange = () => db.close()
  try {
    const rows = db.transaction('outbox').objectStore('outbox').getAll()
    return (await asked<Entry[]>(rows)).filter(isWaiting).length
  } finally {
    db.close()
  }
}

function read(text: string): Record<string, string> {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
