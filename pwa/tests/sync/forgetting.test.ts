/** What goes again to a server that lacks it: gaps, forks, backups, disks rolled back. */
import { expect, test } from 'vitest'
import { inDatabase, note, opened, states, until } from './phone.ts'

test('a gap is answered with the mutations from the expected number on, numbers kept', async () => {
  const { server, replica } = await opened()
  for (const text of ['a', 'b', 'c']) await replica.capture(note(text))
  await replica.syncNow()
  const first = server.accepted.map(({ id, seq }) => [id, seq])
  server.restore('e1', 1)
  server.accepted = []

  const last = await replica.capture(note('d'))
  await replica.syncNow()

  expect(server.accepted.map(({ id, seq }) => [id, seq])).toEqual([...first.slice(1), [last, 4]])
  expect(states(replica)).toEqual(['received', 'received', 'received', 'received'])
})

test('a gap that the phone cannot fill any more takes a new epoch', async () => {
  const { server, phone, replica } = await opened()
  const ids = []
  for (const text of ['a', 'b', 'c']) ids.push(await replica.capture(note(text)))
  await replica.syncNow()
  await inDatabase(phone, 'outbox', 'readwrite', (store) => store.delete(2))
  server.restore('e1', 1)
  server.accepted = []

  ids.push(await replica.capture(note('d')))
  await replica.syncNow()

  expect(server.accepted.map(({ id, seq }) => [id, seq])).toEqual([
    [ids[2], 1],
    [ids[3], 2],
  ])
  expect(server.requests.at(-1)?.epoch).toBe(2)
})

test('a fork takes a new epoch, numbers afresh and keeps the ids', async () => {
  const { server, replica } = await opened()
  await replica.capture(note('avant'))
  await replica.syncNow()
  const clone = { ...server.requests.at(-1), mutations: [], cursor: 'e1.11' }
  const foreign = { id: 'clone', seq: 2, kind: 'note', key: 'job/1', base: 0, made_at: 0 }
  await server.fetch('/api/sync', { body: JSON.stringify({ ...clone, mutations: [foreign] }) })

  const id = await replica.capture(note('après'))
  await replica.syncNow()

  expect(server.accepted.at(-1)).toMatchObject({ id, seq: 1 })
  expect(server.requests.at(-1)).toMatchObject({ epoch: 2 })
})

test('a server restored from a backup gets again what it has forgotten', async () => {
  const { server, replica } = await opened()
  const ids = [await replica.capture(note('a')), await replica.capture(note('b'))]
  await replica.syncNow()
  server.restore('e2', 1)
  server.accepted = []

  await replica.syncNow()
  await replica.syncNow()

  expect(server.accepted.map((mutation) => mutation.id)).toEqual(ids.slice(1))
  expect(states(replica)).toEqual(['received', 'received'])
})

test('a server whose disk was rolled back gets again what it has forgotten, on a mere pull', async () => {
  const { server, replica } = await opened()
  const ids = [await replica.capture(note('a')), await replica.capture(note('b'))]
  await replica.syncNow()
  server.restore('e1', 1)
  server.accepted = []
  // The same epoch: only the feed's hash in the cursor told the server.
  server.pages = [{ cursor: 'e1.11', sequence: 11, epoch: 'e1', reset: true }]

  await replica.syncNow()
  await replica.syncNow()

  expect(server.accepted.map((mutation) => mutation.id)).toEqual(ids.slice(1))
  expect(states(replica)).toEqual(['received', 'received'])
})

test('what a rolled back server had refused goes again as well', async () => {
  const { server, replica } = await opened()
  server.verdict = ({ id }) => [id, 'rejected', { reason: 'bad-args' }]
  const id = await replica.capture(note('refusée'))
  await until(() => states(replica)[0] === 'rejected')
  server.restore('e1', 0)
  server.pages.push({ cursor: 'e1.9', sequence: 9, epoch: 'e1', reset: true })

  await replica.syncNow()
  await replica.syncNow()

  await until(() => server.accepted.some((mutation) => mutation.id === id))
  expect(states(replica)).toEqual(['rejected'])
})
