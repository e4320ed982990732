/** What was on the screen reaches the office, once, and anew when the office moves the visit. */
import { expect, test } from 'vitest'
import type { SyncReply } from '../../src/sync/protocol.ts'
import { opened } from './phone.ts'

const put = (sequence: number, cells: Record<string, unknown>): SyncReply['changes'] => ({
  cursor: `e1.${sequence}`,
  sequence,
  epoch: 'e1',
  put: [{ key: 'job/1', cells }],
})

test('a visit on the screen is told with each request until the answer has it', async () => {
  const { server, replica } = await opened()
  replica.see('job/1')
  replica.see('job/unknown')
  await replica.syncNow()
  const told = server.requests.at(-1)?.pending.seen
  server.pages = [put(20, { seen: { at: 1, by: 'Marc' } })]
  await replica.syncNow()
  await replica.syncNow()

  expect(told).toEqual(['job/1'])
  expect(server.requests.at(-1)?.pending.seen).toEqual([])
})

test('a visit that the office moves afterwards is told only once it was seen again', async () => {
  const { server, replica } = await opened()
  replica.see('job/1')
  server.pages = [put(20, { seen: { at: 1, by: 'Marc' } })]
  await replica.syncNow()
  await replica.syncNow()
  server.pages = [put(21, { seen: null, window_start: '15:00' })]
  await replica.syncNow()
  await replica.syncNow()
  const unseen = server.requests.at(-1)?.pending.seen
  replica.see('job/1')
  await replica.syncNow()

  expect(unseen).toEqual([])
  expect(server.requests.at(-1)?.pending.seen).toEqual(['job/1'])
})
