/** What a link that ends or is renewed does to rows and work. */
import { expect, test } from 'vitest'
import type { SyncReply } from '../../src/sync/protocol.ts'
import { note, opened, stored } from './phone.ts'
import { refusal } from './server.ts'

const delta = (sequence: number, rest: Partial<SyncReply['changes']>): SyncReply['changes'] => ({
  cursor: `e1.${sequence}`,
  sequence,
  epoch: 'e1',
  ...rest,
})

test('a revoked link takes the rows from the phone and leaves the outbox', async () => {
  const { server, phone, replica } = await opened()
  server.mischief = () => refusal(401, 'revoked')

  const id = await replica.capture(note('une'))
  await replica.syncNow()

  expect(replica.snapshot()).toMatchObject({ link: 'revoked', pulledAt: null })
  expect(await stored(phone, 'rows')).toEqual([])
  expect(await stored(phone, 'outbox')).toMatchObject([{ id }])
  expect(replica.snapshot().items.map((item) => item.id)).toEqual([id])
})

test('an expired session keeps rows and outbox', async () => {
  const { server, replica } = await opened()
  server.mischief = () => refusal(401, 'no-session')

  await replica.capture(note('une'))
  await replica.syncNow()

  expect(replica.snapshot().link).toBe('expired')
  expect(replica.snapshot().rows.size).toBe(1)
})

test('the page of a new enrolment gives the rows back and the work goes', async () => {
  const { server, phone, replica } = await opened()
  server.mischief = () => refusal(401, 'revoked')
  const id = await replica.capture(note('une'))
  await replica.syncNow()
  replica.close()
  server.mischief = () => null

  const put = [{ key: 'job/1', cells: { name: 'V-1' } }]
  const seed = { now: 1_796_000_000_000, changes: delta(60, { put }) }
  const reopened = await phone.open({ device: 'd2', seed })
  expect(reopened.snapshot()).toMatchObject({ link: 'active', pulledAt: 1_796_000_000_000 })
  await reopened.syncNow()

  expect(server.requests.at(-1)?.device).toBe('d2')
  expect(server.accepted).toMatchObject([{ id, seq: 1 }])
})

test('after a new enrolment the receipts of earlier work still come', async () => {
  const { server, phone, replica } = await opened()
  await replica.capture(note('une'))
  await replica.syncNow()
  server.mischief = () => refusal(401, 'revoked')
  await replica.syncNow()
  replica.close()
  server.mischief = () => null
  const before = server.requests.length

  // Its receipt is older than this page, which brings none: no cursor may stand behind it.
  const seed = { now: 1_796_000_000_000, changes: delta(60, { put: [] }) }
  const reopened = await phone.open({ seed })
  await reopened.syncNow()

  expect(server.requests[before]?.cursor).toBe('')
})

test('a page from a cache does not open a link that has ended, a newer one does', async () => {
  const { server, phone, replica } = await opened()
  server.mischief = () => refusal(401, 'no-session')
  await replica.syncNow()
  expect(replica.snapshot().link).toBe('expired')
  replica.close()
  const at = server.now

  const cached = await phone.open({ seed: { now: at, changes: delta(10, {}) } })
  expect(cached.snapshot().link).toBe('expired')
  cached.close()
  const fresh = await phone.open({ seed: { now: at + 1, changes: delta(10, {}) } })

  expect(fresh.snapshot().link).toBe('active')
})
