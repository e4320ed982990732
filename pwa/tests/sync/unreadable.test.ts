/** What cannot be read, and answers that are none: no mutation is given up over them. */
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { inDatabase, note, opened, states, stored } from './phone.ts'
import { json, refusal } from './server.ts'

test('the one unreadable mutation ends as opaque and the others are applied', async () => {
  const { server, replica } = await opened()
  server.mischief = () => 'drop'
  for (let i = 0; i < 9; i++) await replica.capture(note(i === 6 ? 'poison' : `note ${i}`))
  server.mischief = (request) =>
    request.mutations.some((m) => m.kind === 'note' && m.args?.text === 'poison')
      ? refusal(400, 'unreadable')
      : null

  await replica.syncNow()

  expect(server.accepted.map((mutation) => mutation.kind)).toEqual(
    Array.from({ length: 9 }, (_, i) => (i === 6 ? 'opaque' : 'note')),
  )
  expect(server.accepted[6]?.args?.payload).toContain('poison')
  expect(server.accepted.map((mutation) => mutation.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('a 400 that is not ours changes no mutation', async () => {
  const { server, replica } = await opened()
  server.mischief = (request) =>
    request.mutations.length ? new Response('<html>', { status: 400 }) : null

  await replica.capture(note('une'))
  await replica.syncNow()

  expect(states(replica)).toEqual(['retry'])
  expect(replica.snapshot().items[0]).toMatchObject({ kind: 'note', reason: 'http-400' })
})

test('a row of the outbox that cannot be read is sent as void under its own id and number', async () => {
  const { server, phone, replica } = await opened()
  server.mischief = () => 'drop'
  const damaged = await replica.capture(note('une'))
  await replica.syncNow()
  const whole = await replica.capture(note('deux'))
  await replica.syncNow()
  const row = { n: 1, id: damaged, line: 'd1/1', seq: 1 }
  await inDatabase(phone, 'outbox', 'readwrite', (store) => store.put(row))

  server.mischief = () => null
  await replica.syncNow()

  expect(server.accepted.map(({ id, seq, kind }) => [id, seq, kind])).toEqual([
    [damaged, 1, 'void'],
    [whole, 2, 'note'],
  ])
})

test('a void is finished with its verdict and goes when the day is over', async () => {
  const { server, phone, replica } = await opened()
  server.mischief = () => 'drop'
  const damaged = await replica.capture(note('une'))
  await replica.syncNow()
  const row = { n: 1, id: damaged, line: 'd1/1', seq: 1 }
  await inDatabase(phone, 'outbox', 'readwrite', (store) => store.put(row))
  server.mischief = () => null
  server.verdict = (mutation) => [mutation.id, 'noop', { sequence: 10, reason: 'void' }]

  await replica.syncNow()
  phone.clock.advance(60_000)
  expect(replica.snapshot()).toMatchObject({
    items: [{ id: damaged, state: 'abandoned', reason: 'void' }],
    fileLate: false,
  })
  phone.clock.advance(48 * 3_600_000)
  await replica.syncNow()
  expect(replica.snapshot().items).toEqual([])
  server.backedUp = server.sequence
  await replica.syncNow()

  expect(await stored(phone, 'outbox')).toEqual([])
})

test('a stand-in for what the server took long ago is received, not refused', async () => {
  const { server, phone, replica } = await opened()
  server.mischief = (request) => (request.mutations.length ? 'lose-answer' : null)
  const damaged = await replica.capture(note('une'))
  await replica.syncNow()
  const row = { n: 1, id: damaged, line: 'd1/1', seq: 1 }
  await inDatabase(phone, 'outbox', 'readwrite', (store) => store.put(row))
  server.mischief = (request) =>
    request.mutations.length
      ? json({
          now: server.now,
          changes: { cursor: 'e1.11', sequence: 11, epoch: 'e1' },
          verdicts: [[damaged, 'rejected', { reason: 'mutated' }]],
        })
      : null

  await replica.syncNow()

  expect(states(replica)).toEqual(['received'])
})

test.each([
  ['applied', 'received'],
  ['merged', 'received'],
  ['noop', 'received'],
  ['superseded', 'received'],
  ['held', 'held'],
  ['conflict', 'conflict'],
  ['rejected', 'rejected'],
  ['parked', 'parked'],
] as const)('a mutation that the server %s shows as %s', async (outcome, state) => {
  const { server, replica } = await opened()
  server.verdict = (mutation) => [mutation.id, outcome, { sequence: 11 }]

  await replica.capture(note('une'))
  await replica.syncNow()

  expect(states(replica)).toEqual([state])
})

test('no request follows a redirect or a cache', async () => {
  const { phone, server, replica } = await opened()
  replica.close()
  const seen: (RequestInit | undefined)[] = []
  const fetch: typeof globalThis.fetch = (input, init) => {
    seen.push(init)
    return server.fetch(input, init)
  }
  const other = await phone.open({ fetch, host: { fetch } })

  await other.syncNow()

  expect(seen[0]).toMatchObject({ redirect: 'error', cache: 'no-store' })
})

test('a text that compresses like an attack goes as it is', async () => {
  const { phone, server, replica } = await opened()
  replica.close()
  const encodings: unknown[] = []
  const fetch: typeof globalThis.fetch = (input, init) => {
    encodings.push(new Headers(init?.headers).get('Content-Encoding'))
    return server.fetch(input, init)
  }
  const other = await phone.open({ fetch, host: { fetch } })
  await other.syncNow()
  encodings.length = 0

  await other.capture(note('a'.repeat(20_000)))
  await other.syncNow()
  await other.capture(note(randomBytes(4_000).toString('hex')))
  await other.syncNow()

  expect(
    encodings.filter((_, i) => server.requests.at(-encodings.length + i)?.mutations.length),
  ).toEqual([null, 'gzip'])
})

test("a 413 that is not the server's own gives no mutation up", async () => {
  const { server, replica } = await opened()
  server.mischief = (request) =>
    request.mutations.length ? new Response('<html>', { status: 413 }) : null
  await replica.capture(note('une'))
  await replica.syncNow()
  await replica.syncNow()

  server.mischief = () => null
  await replica.syncNow()

  expect(server.accepted.map(({ kind }) => kind)).toEqual(['note'])
})
