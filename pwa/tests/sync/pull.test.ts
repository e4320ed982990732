/** What arrives at the phone, all of it or nothing, and what the technician sees meanwhile. */
import { IDBObjectStore } from 'fake-indexeddb'
import { afterEach, expect, test, vi } from 'vitest'
import type { SyncReply } from '../../src/sync/protocol.ts'
import { note, opened, stored } from './phone.ts'

afterEach(() => vi.restoreAllMocks())

const delta = (sequence: number, rest: Partial<SyncReply['changes']>): SyncReply['changes'] => ({
  cursor: `e1.${sequence}`,
  sequence,
  epoch: 'e1',
  ...rest,
})

test('a put that fails leaves the rows, the receipts and the cursor of before', async () => {
  const { server, replica } = await opened()
  const id = await replica.capture(note('une'))
  await replica.syncNow()
  server.receipts = [[id, 'filed', '']]
  const { put } = IDBObjectStore.prototype
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
    this: IDBObjectStore,
    ...args: Parameters<typeof put>
  ) {
    if (args[1] === 'job/2') throw new DOMException('disk', 'DataError')
    return put.apply(this, args)
  })
  server.pages = [
    delta(20, {
      put: [
        { key: 'job/1', cells: { status: 'cancelled' } },
        { key: 'job/2', cells: {} },
      ],
    }),
  ]

  await replica.syncNow()

  expect(replica.snapshot().rows.get('job/1')).toMatchObject({ status: 'todo' })
  expect(replica.snapshot().items[0]?.state).not.toBe('done')
  vi.restoreAllMocks()
  await replica.syncNow()
  expect(server.requests.at(-1)?.cursor).toBe('e1.11')
})

test('a snapshot of many pages shows only once it is whole, also after a restart', async () => {
  const { server, phone, replica } = await opened()
  server.pages = [
    delta(30, {
      reset: true,
      more: true,
      put: [{ key: 'job/7', cells: { name: 'V-7' }, whole: true }],
    }),
  ]
  server.mischief = (request) => (request.cursor === 'e1.30' ? 'drop' : null)
  await replica.syncNow()
  expect([...replica.snapshot().rows.keys()]).toEqual(['job/1'])
  replica.close()

  server.mischief = () => null
  server.pages = [delta(40, { put: [{ key: 'job/8', cells: { name: 'V-8' }, whole: true }] })]
  const reopened = await phone.open()
  await reopened.syncNow()

  expect([...reopened.snapshot().rows.keys()]).toEqual(['job/7', 'job/8'])
  expect(await stored(phone, 'stage')).toEqual([])
})

test('a pending mutation is replayed over newer rows until they contain it', async () => {
  const { server, replica } = await opened()
  server.verdict = (mutation) => [mutation.id, 'applied', { sequence: 50 }]
  server.pages = [delta(20, { put: [{ key: 'job/1', cells: { name: 'V-1b', status: 'todo' } }] })]

  await replica.capture({ kind: 'status', key: 'job/1', args: { to: 'on_site' } })
  await replica.syncNow()
  expect(replica.snapshot().rows.get('job/1')).toMatchObject({ name: 'V-1b', status: 'on_site' })
  server.pages = [delta(51, { put: [{ key: 'job/1', cells: { status: 'cancelled' } }] })]
  await replica.syncNow()

  expect(replica.snapshot().rows.get('job/1')).toMatchObject({ status: 'cancelled' })
})

test('a cell that became null is absent', async () => {
  const { server, replica } = await opened()
  server.pages = [delta(20, { put: [{ key: 'job/1', cells: { name: null, reason: 'part' } }] })]

  await replica.syncNow()

  expect(replica.snapshot().rows.get('job/1')).toEqual({ status: 'todo', reason: 'part' })
})

test('a row that leaves the scope stays in grey while it holds work, and goes with it', async () => {
  const { server, replica } = await opened()
  const id = await replica.capture(note('une'))
  server.pages = [delta(20, { remove: ['job/1'] })]
  await replica.syncNow()
  expect(replica.snapshot().rows.size).toBe(0)
  expect(replica.snapshot().removed.get('job/1')).toMatchObject({ name: 'V-1' })

  server.receipts = [[id, 'filed', '']]
  await replica.syncNow()

  expect(replica.snapshot().removed.size).toBe(0)
})

test('a page from a cache does not take the replica back in time', async () => {
  const { phone, replica } = await opened()
  replica.close()

  const put = [{ key: 'job/1', cells: { name: 'périmé' } }]
  const reopened = await phone.open({ seed: { now: 5, changes: delta(2, { put }) } })

  expect(reopened.snapshot().rows.get('job/1')?.name).toBe('V-1')
})

test('a newer page never moves a replica past receipts that it brings none of', async () => {
  const { server, phone, replica } = await opened()
  await replica.syncNow()
  const cursor = server.requests.at(-1)?.cursor
  replica.close()

  const put = [{ key: 'job/1', cells: { name: 'neuf' } }]
  const seed = { now: 1_796_000_000_000, changes: delta(9_000, { put }) }
  const reopened = await phone.open({ seed })
  await reopened.syncNow()

  expect(cursor).toBeTruthy()
  expect(server.requests.at(-1)?.cursor).toBe(cursor)
})

test('rows pulled up to the sequence of a verdict contain its mutation', async () => {
  const { server, replica } = await opened()
  server.sequence = 20
  server.verdict = (mutation) => [mutation.id, 'applied', { sequence: 20 }]
  server.pages = [delta(20, { put: [{ key: 'job/1', cells: { status: 'todo' } }] })]

  await replica.capture({ kind: 'status', key: 'job/1', args: { to: 'on_site' } })
  await replica.syncNow()

  expect(replica.snapshot().rows.get('job/1')).toMatchObject({ status: 'todo' })
})
