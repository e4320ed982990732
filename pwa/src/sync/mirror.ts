/** The second place: small mutations that the database would not take, and the canary. */
import type { Entry } from './entry.ts'
import type { Host } from './host.ts'
import { readJson, remove, writeJson } from './small-storage.ts'
import { asked, type Store } from './store.ts'

/** The last stamp this profile used: tells a new profile from one that lost its database. */
export interface Canary {
  device: string
  epoch: number
  seq: number
}

export interface Mirror {
  /** Whether the entry is now safe here. */
  keep(entry: Entry): boolean
  entries(): Entry[]
  /** Move everything into the database; what is already there is not added twice. */
  absorb(store: Store): Promise<number>
  drop(ids: ReadonlySet<string>): void
  canary(): Canary | null
  sing(canary: Canary): void
}

/** The mirror of one technician's replica, in the host's small storage. */
export function createMirror(host: Host, technician: string): Mirror {
  const mirrored = `terrain-mirror-${technician}`
  const canary = `terrain-canary-${technician}`
  const entries = (): Entry[] => readJson<Entry[]>(host, mirrored) ?? []
  const save = (list: Entry[]): boolean =>
    list.length ? writeJson(host, mirrored, list) : remove(host, mirrored)
  const drop = (ids: ReadonlySet<string>): void => {
    save(entries().filter((entry) => !ids.has(entry.id)))
  }
  return {
    keep: (entry) => save([...entries(), entry]),
    entries,
    absorb: async (store) => {
      const list = entries()
      if (list.length === 0) return 0
      await store.write(['outbox'], (tx) => addMissing(tx, list), 'strict')
      drop(new Set(list.map((entry) => entry.id)))
      return list.length
    },
    drop,
    canary: () => readJson<Canary>(host, canary),
    sing: (last) => {
      writeJson(host, canary, last)
    },
  }
}

async function addMissing(tx: IDBTransaction, list: Entry[]): Promise<void> {
  const outbox = tx.objectStore('outbox')
  for (const entry of list) {
    const there = await asked(outbox.index('id').getKey(entry.id))
    if (there === undefined) await asked(outbox.add(entry))
  }
}
