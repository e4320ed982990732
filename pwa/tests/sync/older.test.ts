/**
 * A database that the first version of the app wrote opens under the present one. `older/` holds its
 * stores as that version left them: a note with its verdict, one whose answer was lost, and a photo
 * that was never stamped. Whoever changes the schema adds what the version before it wrote.
 */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { Entry } from '../../src/sync/entry.ts'
import { asked } from '../../src/sync/store.ts'
import { Phone, states, until } from './phone.ts'
import { Server } from './server.ts'

type Row = [key: IDBValidKey, value: unknown]

interface Written {
  version: number
  stores: Record<string, Row[]> & { outbox: Row[] }
}

const FIRST = JSON.parse(
  await readFile(new URL('./older/protocol-1.json', import.meta.url), 'utf8'),
) as Written
const [KNOWN, LOST, UNSENT] = FIRST.stores.outbox.map(([, row]) => row as Entry)

async function phoneOf(server: Server): Promise<Phone> {
  const phone = new Phone(server)
  await written(phone.factory, FIRST)
  return phone
}

test('the queue of the first version is whole under the present code', async () => {
  const server = new Server()
  server.mischief = () => 'drop'
  const phone = await phoneOf(server)

  const replica = await phone.open()

  const items = replica.snapshot().items.map(({ id, kind, args }) => ({ id, kind, args }))
  const kept = [KNOWN, LOST, UNSENT].map((entry) => entry?.intent)
  expect(items).toEqual(kept.map((each) => ({ id: each?.id, kind: each?.kind, args: each?.args })))
  expect(replica.snapshot().rows.get('job/1')).toMatchObject({ name: 'V-1', status: 'todo' })
  replica.close()
})

test('what the first version had sent goes as it went, and the rest after it', async () => {
  const server = new Server()
  server.sequence = 11
  const phone = await phoneOf(server)
  server.receive(JSON.parse(KNOWN?.wire ?? ''))

  const replica = await phone.open()

  await until(() => states(replica).every((state) => state === 'received'))
  const pushed = server.requests.flatMap(({ mutations }) => mutations)
  expect(pushed.map(({ id, seq }) => [id, seq])).toEqual([
    [LOST?.id, 2],
    [UNSENT?.id, 3],
  ])
  expect(server.texts.some((text) => text.includes(LOST?.wire ?? '?'))).toBe(true)
  replica.close()
})

test('a photo of the first version arrives, also after it failed once', async () => {
  const server = new Server()
  server.sequence = 11
  server.cutUploadsAt = 3
  const phone = await phoneOf(server)
  server.receive(JSON.parse(KNOWN?.wire ?? ''))
  const replica = await phone.open()
  await until(() => server.uploads[0]?.bytes.length === 3)

  server.cutUploadsAt = Number.POSITIVE_INFINITY
  phone.waker()

  await until(() => replica.snapshot().items.every((item) => item.blobsWaiting === 0))
  expect(server.uploads.map((upload) => upload.bytes)).toEqual([[255, 216, 255, 224, 1, 2, 3]])
  replica.close()
})

/** The schema of version 1, as its code made it. */
function schema(db: IDBDatabase): void {
  for (const name of ['meta', 'rows', 'stage', 'removed', 'conflicts', 'blobs', 'bytes'])
    db.createObjectStore(name)
  const outbox = db.createObjectStore('outbox', { keyPath: 'n', autoIncrement: true })
  outbox.createIndex('id', 'id', { unique: true })
  outbox.createIndex('stamp', ['line', 'seq'])
}

async function written(factory: IDBFactory, { version, stores }: Written): Promise<void> {
  const opening = factory.open('terrain-marc', version)
  opening.onupgradeneeded = () => schema(opening.result)
  const db = await asked(opening)
  const tx = db.transaction(Object.keys(stores), 'readwrite')
  for (const [name, rows] of Object.entries(stores))
    for (const [key, value] of rows) put(tx.objectStore(name), key, value)
  await new Promise((resolve) => tx.addEventListener('complete', resolve))
  db.close()
}

function put(store: IDBObjectStore, key: IDBValidKey, value: unknown): void {
  if (store.keyPath !== null) store.put(value)
  else store.put(store.name === 'bytes' ? bytesOf(value) : value, key)
}

function bytesOf(value: unknown): ArrayBuffer {
  const text = atob((value as { base64: string }).base64)
  return Uint8Array.from(text, (byte) => byte.charCodeAt(0)).buffer
}
