/** Photos: after their mutation, whole, and given up only for good. */
import { expect, test } from 'vitest'
import { sha256 } from '../../src/sync/ids.ts'
import { inDatabase, note, opened, states, stored } from './phone.ts'
import { refusal } from './server.ts'

test('a photo goes after its mutation and resumes at the offset of the server', async () => {
  const { server, replica } = await opened()
  server.cutUploadsAt = 100_000
  const bytes = new Uint8Array(200_000).map((_, i) => i % 251)
  const draft = { kind: 'scan', key: 'job/1', args: { type: 'ont' }, blobs: [new Blob([bytes])] }

  await replica.capture(draft)
  await replica.syncNow()
  expect(replica.snapshot().items[0]).toMatchObject({
    state: 'received',
    blobsWaiting: 1,
    bytes: 200_000,
  })
  server.cutUploadsAt = Number.POSITIVE_INFINITY
  server.uploadCalls = []
  await replica.syncNow()

  expect(server.accepted[0]?.args?.blob).toBe(await sha256(bytes.buffer))
  expect(server.uploadCalls).toEqual(['HEAD', 'PATCH 100000'])
  expect(Buffer.from(server.uploads[0]?.bytes ?? []).equals(bytes)).toBe(true)
  expect(server.uploads.length).toBe(1)
  expect(replica.snapshot().items[0]?.blobsWaiting).toBe(0)
})

test.each([
  ['photo', { slot: 'before' }],
  ['signature', { name: 'Luc Tremblay', moment: 'conformity' }],
])('a %s names its own picture', async (kind, args) => {
  const { server, replica } = await opened()

  await replica.capture({ kind, key: 'job/1', args, blobs: [new Blob(['picture'])] })
  await replica.syncNow()

  const blob = await sha256(new TextEncoder().encode('picture').buffer)
  expect(server.accepted[0]?.args).toEqual({ ...args, blob })
})

test('the photo of an optical meter is named by the check that it is proof of', async () => {
  const { server, replica } = await opened()
  const args = { reason: 'rerun', rx_dbm: -22.4 }

  await replica.capture({ kind: 'verify', key: 'job/1', args, blobs: [new Blob(['-22,4 dBm'])] })
  await replica.syncNow()

  const blob = await sha256(new TextEncoder().encode('-22,4 dBm').buffer)
  expect(server.accepted[0]?.args).toEqual({ ...args, blob })
  expect(server.uploads.length).toBe(1)
})

test.each([
  ['of this version', (_row: object) => undefined],
  ['kept by an older version', (row: { original?: string }) => delete row.original],
])('a photo %s is announced with the hash of its original', async (_name, age) => {
  const { server, phone, replica } = await opened()
  server.mischief = () => 'drop'
  const bytes = new TextEncoder().encode('photo')
  const blobs = [new Blob([bytes], { type: 'image/jpeg' })]
  await replica.capture({ kind: 'scan', key: 'job/1', args: {}, blobs })
  await replica.syncNow() // its drain has ended: the next page finds the lock free
  const sha = await sha256(bytes.buffer)
  const [row] = (await stored(phone, 'blobs')) as { original?: string }[]
  age(row ?? {})
  await inDatabase(phone, 'blobs', 'readwrite', (store) => store.put(row, sha))
  replica.close()
  server.mischief = () => null

  await (await phone.open()).syncNow()

  const said = `sha256 ${btoa(sha)},filetype ${btoa('image/jpeg')},original ${btoa(sha)}`
  expect(server.uploads.map((upload) => upload.metadata)).toEqual([said])
})

test('a photo whose bytes are gone is told, and holds up nothing', async () => {
  const { server, phone, replica } = await opened()
  server.mischief = () => 'drop'
  const blobs = [new Blob(['photo'])]
  await replica.capture({ kind: 'scan', key: 'job/1', args: {}, blobs })
  await inDatabase(phone, 'bytes', 'readwrite', (store) => store.clear())
  server.mischief = () => null

  await replica.capture(note('une'))
  await replica.syncNow()

  expect(server.accepted.length).toBe(2)
  expect(replica.snapshot().items[0]).toMatchObject({ reason: 'photo-lost', blobsWaiting: 1 })
})

test('a photo taken again after its bytes were lost is kept and sent', async () => {
  const { server, phone, replica } = await opened()
  server.mischief = () => 'drop'
  const draft = { kind: 'scan', key: 'job/1', args: {}, blobs: [new Blob(['photo'])] }
  await replica.capture(draft)
  await inDatabase(phone, 'bytes', 'readwrite', (store) => store.clear())
  server.mischief = () => null
  await replica.syncNow()
  expect(replica.snapshot().items[0]).toMatchObject({ reason: 'photo-lost' })

  await replica.capture(draft)
  await replica.syncNow()

  expect(server.uploads.at(-1)?.bytes.length).toBe(5)
  expect(replica.snapshot().items.map((item) => item.reason)).toEqual([undefined, undefined])
})

test('the photo of a withdrawn mutation is neither announced nor sent', async () => {
  const { server, replica } = await opened()
  server.mischief = () => refusal(429, 'slow-down', { 'Retry-After': '60' })
  await replica.syncNow()
  const draft = { kind: 'scan', key: 'job/1', args: {}, blobs: [new Blob(['photo'])] }
  const id = await replica.capture(draft)

  await replica.abandon(id, 'erreur')
  server.mischief = () => null
  await replica.syncNow()

  expect(states(replica)).toEqual(['abandoned'])
  expect(server.requests.at(-1)?.pending).toMatchObject({ count: 0, photos: 0, bytes: 0 })
  expect(server.uploadCalls).toEqual([])
})

test('a refusal that is not our server’s own gives up no photo', async () => {
  const { server, replica } = await opened()
  const { fetch } = server
  server.fetch = async (input, init) =>
    input === '/api/blobs' ? new Response('<h1>413</h1>', { status: 413 }) : fetch(input, init)

  await replica.capture({ kind: 'scan', key: 'job/1', args: {}, blobs: [new Blob(['photo'])] })
  await replica.syncNow()

  const [item] = replica.snapshot().items
  expect([item?.reason, item?.blobsWaiting]).toEqual([undefined, 1])
})

test('a photo that the server refuses for good is told and not sent again', async () => {
  const { server, replica } = await opened()
  const { fetch } = server
  server.fetch = async (input, init) => {
    if (input !== '/api/blobs') return fetch(input, init)
    server.uploadCalls.push('POST')
    return refusal(415, 'image-type')
  }
  const blobs = [new Blob(['no photo'])]

  await replica.capture({ kind: 'scan', key: 'job/1', args: {}, blobs })
  await replica.syncNow()
  await replica.syncNow()

  expect(server.uploadCalls).toEqual(['POST'])
  expect(replica.snapshot().items[0]).toMatchObject({ reason: 'photo-refused', blobsWaiting: 1 })
})
