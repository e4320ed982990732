/** What the phone still keeps of what the server has taken: bounded, the oldest photos first. */
import { expect, test } from 'vitest'
import type { Entry } from '../../src/sync/entry.ts'
import { KEPT_BYTES, releasable } from '../../src/sync/keeping.ts'
import { inDatabase, opened, type Phone, states, stored } from './phone.ts'

const PHOTO_BYTES = 1_500_000
const NOW = 1_795_000_000_000

const photo = (fill: number): Blob => new Blob([new Uint8Array(PHOTO_BYTES).fill(fill)])
const scan = (fill: number) => ({ kind: 'scan', key: 'job/1', args: {}, blobs: [photo(fill)] })

/** The first byte of every photo whose bytes are on the phone. */
async function photosOn(phone: Phone): Promise<(number | undefined)[]> {
  const bytes = (await stored(phone, 'bytes')) as ArrayBuffer[]
  return bytes.map((one) => new Uint8Array(one)[0]).sort()
}

test('above five megabytes the bytes of the oldest sent photos go and their mutations stay', async () => {
  const { phone, replica } = await opened()
  for (const fill of [1, 2, 3, 4, 5]) await replica.capture(scan(fill))

  await replica.syncNow()

  expect(await photosOn(phone)).toEqual([3, 4, 5])
  expect(states(replica)).toEqual(Array(5).fill('received'))
  expect(replica.snapshot().items.map((item) => item.blobsWaiting)).toEqual([0, 0, 0, 0, 0])
  expect(replica.snapshot().keptBytes).toBeGreaterThan(3 * PHOTO_BYTES)
  expect(replica.snapshot().keptBytes).toBeLessThanOrEqual(KEPT_BYTES)
})

test('photos that were not sent are all kept, whatever they weigh', async () => {
  const { server, phone, replica } = await opened()
  server.cutUploadsAt = 1_000
  for (const fill of [1, 2, 3, 4, 5]) await replica.capture(scan(fill))

  await replica.syncNow()

  expect(await photosOn(phone)).toEqual([1, 2, 3, 4, 5])
  expect(replica.snapshot()).toMatchObject({ letGo: false })
})

test('what went before it was filed and backed up is said that day and until a backup holds it', async () => {
  const { server, phone, replica } = await opened()
  for (const fill of [1, 2, 3, 4]) await replica.capture(scan(fill))
  expect(replica.snapshot().letGo).toBe(false)

  await replica.syncNow()
  expect(replica.snapshot().letGo).toBe(true)
  phone.clock.advance(48 * 3_600_000)
  await replica.syncNow()
  expect(replica.snapshot().letGo).toBe(true)
  server.backedUp = server.sequence
  await replica.syncNow()

  expect(replica.snapshot().letGo).toBe(false)
})

test('nothing is said of photos that go once they are filed and backed up', async () => {
  const { server, phone, replica } = await opened()
  for (const fill of [1, 2, 3]) await replica.capture(scan(fill))
  await replica.syncNow()
  server.receipts = server.accepted.map(({ id }) => [id, 'filed', ''])
  server.backedUp = server.sequence

  await replica.capture(scan(4))
  await replica.syncNow()

  expect(await photosOn(phone)).toEqual([2, 3, 4])
  expect(replica.snapshot().letGo).toBe(false)
})

test('the photo of a mutation that is filed and backed up goes with it when the day is over', async () => {
  const { server, phone, replica } = await opened()
  const id = await replica.capture(scan(1))
  await replica.syncNow()
  server.receipts = [[id, 'filed', '']]
  server.backedUp = server.sequence
  await replica.syncNow()
  expect(await photosOn(phone)).toEqual([1])

  phone.clock.advance(48 * 3_600_000)
  await replica.syncNow()

  expect(await stored(phone, 'outbox')).toEqual([])
  expect(await stored(phone, 'blobs')).toEqual([])
  expect(await stored(phone, 'bytes')).toEqual([])
  expect(replica.snapshot()).toMatchObject({ keptBytes: 0, letGo: false })
})

test('bytes that no mutation names are not kept', async () => {
  const { phone, replica } = await opened()
  await inDatabase(phone, 'bytes', 'readwrite', (store) => store.put(new ArrayBuffer(9), 'orphan'))

  await replica.syncNow()

  expect(await stored(phone, 'bytes')).toEqual([])
})

test('the photo of a row that cannot be read stays until the server has its void', async () => {
  const { server, phone, replica } = await opened()
  server.mischief = () => 'drop'
  const id = await replica.capture(scan(1))
  await replica.syncNow()
  const row = { n: 1, id, line: 'd1/1', seq: 1 }
  await inDatabase(phone, 'outbox', 'readwrite', (store) => store.put(row))
  server.mischief = (request) => (request.mutations.length ? 'drop' : null)
  await replica.syncNow()
  expect(await photosOn(phone)).toEqual([1])

  server.mischief = () => null
  await replica.syncNow()

  expect(await photosOn(phone)).toEqual([])
})

test('a photo whose bytes went is asked after when its mutation goes again', async () => {
  const { server, phone, replica } = await opened()
  for (const fill of [1, 2, 3, 4]) await replica.capture(scan(fill))
  await replica.syncNow()
  expect(await photosOn(phone)).toEqual([2, 3, 4])

  server.restore('e2', 0)
  await replica.syncNow()
  await replica.syncNow()

  expect(replica.snapshot().items.map((item) => [item.blobsWaiting, item.reason])).toEqual(
    Array(4).fill([0, undefined]),
  )
})

test('a photo whose bytes went and that the server has lost is told', async () => {
  const { server, phone, replica } = await opened()
  for (const fill of [1, 2, 3, 4]) await replica.capture(scan(fill))
  await replica.syncNow()
  expect(await photosOn(phone)).toEqual([2, 3, 4])

  server.restore('e2', 0)
  server.uploads = []
  await replica.syncNow()
  await replica.syncNow()

  expect(replica.snapshot().items.map((item) => item.reason)).toEqual([
    'photo-lost',
    undefined,
    undefined,
    undefined,
  ])
})

test('acknowledged mutations above the bound go, the oldest first, and their reach is told', () => {
  const entries = [1, 2, 3, 4, 5, 6].map((n) => acknowledged(n, 1_000_000))

  const leaving = releasable({ entries, blobs: new Map(), held: new Set() }, 0, NOW)

  expect(leaving).toEqual({ entries: entries.slice(0, 1), bytes: [], blobs: [], early: 101 })
})

function acknowledged(n: number, length: number): Entry {
  const intent = { id: `m${n}`, kind: 'note', key: 'job/1', base: 0, made_at: NOW }
  const verdict = { outcome: 'applied', at: NOW, detail: { sequence: 100 + n } } as const
  return { n, id: intent.id, intent, attempts: 1, wire: 'x'.repeat(length), verdict }
}

test('a mutation whose photo was never sent stays, though it is filed and backed up', () => {
  const yesterday = NOW - 86_400_000
  const intent = { id: 'm1', kind: 'scan', key: 'job/1', base: 0, made_at: yesterday, blobs: ['a'] }
  const entry: Entry = {
    ...{ id: 'm1', n: 1, seq: 1, intent, attempts: 1, wire: '{}' },
    verdict: { outcome: 'applied', at: yesterday, detail: { sequence: 5 } },
    receipt: { fate: 'filed', detail: '', at: yesterday },
  }
  const holding = (state: 'waiting' | 'sent') => ({
    entries: [entry],
    blobs: new Map([
      ['a', { ...{ sha: 'a', original: 'a', type: '', size: 9, offset: 0, tries: 0 }, state }],
    ]),
    held: new Set(['a']),
  })

  expect(releasable(holding('waiting'), 5, NOW)).toMatchObject({
    entries: [],
    bytes: [],
    blobs: [],
  })
  expect(releasable(holding('sent'), 5, NOW)).toMatchObject({ entries: [entry], blobs: ['a'] })
})

test('what a server forgot goes again with its photo', async () => {
  const { server, replica } = await opened()
  await replica.capture(scan(1))
  await replica.syncNow()
  expect(server.uploads).toHaveLength(1)
  server.uploads = []
  server.restore('e2', 0)

  await replica.syncNow()
  await replica.syncNow()

  expect(server.uploads.map(({ size }) => size)).toEqual([PHOTO_BYTES])
})
