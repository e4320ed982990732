/** A database as a value: what a backup of a phone holds, and a cloned profile begins with. */
import { asked } from '../../src/sync/store.ts'

export interface Copy {
  name: string
  version: number
  stores: StoreCopy[]
}

interface StoreCopy {
  name: string
  options: IDBObjectStoreParameters
  indexes: { name: string; keyPath: string | string[]; unique: boolean }[]
  keys: IDBValidKey[]
  values: unknown[]
}

/** Every database of a profile. */
export async function copyAll(factory: IDBFactory): Promise<Copy[]> {
  const named = await factory.databases()
  return Promise.all(named.map(({ name = '' }) => copyOf(factory, name)))
}

export async function plantAll(factory: IDBFactory, copies: readonly Copy[]): Promise<void> {
  for (const copy of copies) await plant(factory, copy)
}

async function copyOf(factory: IDBFactory, name: string): Promise<Copy> {
  const db = await asked(factory.open(name))
  const tx = db.transaction([...db.objectStoreNames])
  const stores = [...db.objectStoreNames].map((store) => copyOfStore(tx.objectStore(store)))
  const copy = { name, version: db.version, stores: await Promise.all(stores) }
  db.close()
  return copy
}

async function copyOfStore(store: IDBObjectStore): Promise<StoreCopy> {
  const { name, keyPath, autoIncrement } = store
  const indexes = [...store.indexNames].map((index) => {
    const { keyPath, unique } = store.index(index)
    return { name: index, keyPath, unique }
  })
  const [keys, values] = await Promise.all([asked(store.getAllKeys()), asked(store.getAll())])
  return { name, options: { keyPath, autoIncrement }, indexes, keys, values }
}

async function plant(factory: IDBFactory, copy: Copy): Promise<void> {
  const opening = factory.open(copy.name, copy.version)
  opening.onupgradeneeded = () => {
    for (const store of copy.stores) plantStore(opening.result, store)
  }
  const db = await asked(opening)
  db.close()
}

function plantStore(db: IDBDatabase, { name, options, indexes, keys, values }: StoreCopy): void {
  const store = db.createObjectStore(name, options)
  for (const { name: index, keyPath, unique } of indexes)
    store.createIndex(index, keyPath, { unique })
  for (const [i, value] of values.entries()) store.put(value, options.keyPath ? undefined : keys[i])
}
