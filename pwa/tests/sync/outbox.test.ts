/** What leaves the phone, in what order, and when it may be forgotten. */
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { uuid7 } from '../../src/sync/ids.ts'
import { inDatabase, note, Phone, states, stored, until } from './phone.ts'
import { json, refusal, Server } from './server.ts'

async function opened() {
  const server = new Server()
  const phone = new Phone(server)
  const replica = await phone.open()
  await replica.syncNow()
  return { server, phone, replica }
}

test('a captured mutation is in the database when capture resolves', async () => {
  const { server, phone, replica } = await opened()
  server.mischief = () => 'drop'

  const id = await replica.capture(note('porte bleue'))
  replica.close()
  const reopened = await phone.open()

  expect(await stored(phone, 'outbox')).toMatchObject([
    { id, intent: { args: { text: 'porte bleue' } } },
  ])
  expect(states(reopened)).toEqual(['local'])
  expect(reopened.snapshot().rows.get('job/1')?.[`notes/${id}`]).toMatchObject({
    text: 'porte bleue',
    by: 'Marc Tremblay',
  })
})

test('a record that is made here shows before the server knows of it', async () => {
  const { server, replica } = await opened()
  server.mischief = () => 'drop'

  const args = { job: 'job/1', serial: 'TPLG1A2B3C4D', type: 'ONT' }
  await replica.capture({ kind: 'create', key: 'equipment/e1', args })

  expect(replica.snapshot().rows.get('equipment/e1')).toEqual({
    serial_number: 'TPLG1A2B3C4D',
    equipment_type: 'ONT',
  })
})

test('a tap is dated and based when it is made, not when its photo has been read', async () => {
  const { server, phone, replica } = await opened()
  const base = server.sequence
  const madeAt = phone.clock.now
  const photo = new Blob(['photo'])
  let read: (bytes: ArrayBuffer) => void = () => undefined
  photo.arrayBuffer = () =>
    new Promise((resolve) => {
      read = resolve
    })

  const kept = replica.capture({ ...note('porte bleue'), blobs: [photo] })
  phone.clock.advance(60_000)
  server.sequence += 10
  await replica.syncNow()
  read(new ArrayBuffer(5))
  await kept

  expect(await stored(phone, 'outbox')).toMatchObject([{ intent: { made_at: madeAt, base } }])
})

test('after a lost answer and a restart the very same text goes again and is applied once', async () => {
  const { server, phone, replica } = await opened()
  server.mischief = (request) => (request.mutations.length ? 'lose-answer' : null)
  const id = await replica.capture(note('une'))
  await replica.syncNow()
  replica.close()

  server.mischief = () => null
  const reopened = await phone.open()
  await reopened.syncNow()

  const sent = server.texts
    .filter((text) => text.includes(id))
    .map((text) => text.match(/"mutations":.*/)?.[0])
  expect(sent.length).toBeGreaterThanOrEqual(2)
  expect(new Set(sent).size).toBe(1)
  expect(server.accepted.map((mutation) => mutation.id)).toEqual([id])
  expect(states(reopened)).toEqual(['received'])
})

test('a verdict that names another mutation removes nothing', async () => {
  const { server, replica } = await opened()
  server.mischief = (request) =>
    request.mutations.length
      ? json({
          now: 1,
          changes: { cursor: 'e1.10', sequence: 10, epoch: 'e1' },
          verdicts: [['somebody-else', 'applied', { sequence: 9 }]],
        })
      : null

  await replica.capture(note('une'))
  await replica.syncNow()

  expect(states(replica)).toEqual(['local'])
  expect(replica.snapshot().drain.state).toBe('waiting')
})

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

test('the mutations of a technician are neither seen nor sent by another on the same phone', async () => {
  const { server, phone, replica } = await opened()
  server.mischief = () => 'drop'
  await replica.capture(note('de Marc'))
  await replica.syncNow()
  replica.close()

  server.mischief = () => null
  const other = await phone.open({ technician: 'luc', name: 'Luc', device: 'd2' })
  await other.syncNow()

  expect(states(other)).toEqual([])
  expect(server.accepted).toEqual([])
})

test('fifty changes on ten visits cost at most 60 bytes each on the wire', async () => {
  const { server, phone, replica: first } = await opened()
  first.close()
  server.mischief = () => 'drop'
  const replica = await phone.open({ host: { random: () => randomBytes(16) } })
  const visits = Array.from({ length: 10 }, (_, i) => `job/${uuid7(i, randomBytes(16))}`)
  for (let i = 0; i < 50; i++) {
    const args = { to: i % 2 ? 'en_route' : 'on_site' }
    await replica.capture({ kind: 'status', key: visits[i % 10] ?? '', args })
    phone.clock.advance(61_007)
  }
  await replica.syncNow()

  const text = server.texts.at(-1) ?? ''

  expect(server.requests.at(-1)?.mutations.length).toBe(50)
  expect(gzipSync(text).length / 50).toBeLessThanOrEqual(60)
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

test('a backlog is cut at 100 mutations and at 64 kB', async () => {
  const { server, replica } = await opened()
  server.mischief = () => 'drop'
  const long = 'é'.repeat(3_000)
  for (let i = 0; i < 130; i++) await replica.capture(note(i < 30 ? long : 'courte'))
  server.mischief = () => null
  const before = server.requests.length

  await replica.syncNow()

  const texts = server.texts.slice(before)
  expect(Math.max(...texts.map((text) => Buffer.byteLength(text)))).toBeLessThanOrEqual(64 * 1024)
  expect(Math.max(...server.requests.map((r) => r.mutations.length))).toBeLessThanOrEqual(100)
  expect(server.accepted.map((mutation) => mutation.seq)).toEqual(
    Array.from({ length: 130 }, (_, i) => i + 1),
  )
})

test('a timeout returns the items to the phone and halves the next batch', async () => {
  const { server, phone, replica } = await opened()
  server.mischief = () => 'drop'
  for (let i = 0; i < 8; i++) await replica.capture(note(`note ${i}`))
  await replica.syncNow()
  server.mischief = (request) => (request.mutations.length > 4 ? 'hang' : null)
  const before = server.requests.length

  const done = replica.syncNow()
  await until(() => server.requests.length > before)
  expect(new Set(states(replica))).toEqual(new Set(['sending']))
  phone.clock.advance(15_000)
  await done
  expect(new Set(states(replica))).toEqual(new Set(['local']))
  await replica.syncNow()

  expect(server.requests[before + 1]?.mutations.length).toBe(4)
  expect(server.accepted.length).toBe(8)
})

test('an acknowledged mutation stays until it is filed and backed up and the day is over', async () => {
  const { server, phone, replica } = await opened()
  const id = await replica.capture(note('une'))
  await replica.syncNow()
  server.receipts = [[id, 'filed', '']]
  await replica.syncNow()
  expect(states(replica)).toEqual(['done'])

  phone.clock.advance(48 * 3_600_000)
  await replica.syncNow()
  expect((await stored(phone, 'outbox')).length).toBe(1)
  server.backedUp = server.sequence
  await replica.syncNow()

  expect(await stored(phone, 'outbox')).toEqual([])
})

test('a mutation whose receipt is late says so after ten seconds', async () => {
  const { phone, replica } = await opened()
  await replica.capture(note('une'))
  await replica.syncNow()
  expect(states(replica)).toEqual(['received'])

  phone.clock.advance(10_000)

  expect(states(replica)).toEqual(['office_late'])
  expect(replica.snapshot().fileLate).toBe(true)
})

test('what never left the phone is withdrawn; what may have left it is compensated', async () => {
  const { server, replica } = await opened()
  server.mischief = () => 'drop'
  const sent = await replica.capture({
    kind: 'tag',
    key: 'job/1',
    args: { tag: 'chien', on: true },
  })
  await replica.syncNow()

  await replica.abandon(sent, 'erreur')

  expect(replica.snapshot().items.map((item) => item.args)).toEqual([
    { tag: 'chien', on: true },
    { tag: 'chien', on: false },
  ])
  expect(replica.snapshot().rows.get('job/1')).not.toHaveProperty('tags/chien')
})

test('a note that may have been sent cannot be abandoned in silence', async () => {
  const { server, replica } = await opened()
  server.mischief = () => 'drop'
  const id = await replica.capture(note('une'))
  await replica.syncNow()

  await expect(replica.abandon(id, 'erreur')).rejects.toThrow('already-sent')
})

test('a rejected mutation goes again under a new id and the old one is set aside', async () => {
  const { server, replica } = await opened()
  const accept = server.verdict
  server.verdict = (mutation) => [mutation.id, 'rejected', { reason: 'unknown-record' }]
  const id = await replica.capture(note('une'))
  await replica.syncNow()
  expect(replica.snapshot().items[0]).toMatchObject({ state: 'rejected', reason: 'unknown-record' })
  server.verdict = accept

  await replica.retry(id)
  await replica.syncNow()

  expect(states(replica)).toEqual(['abandoned', 'received'])
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
