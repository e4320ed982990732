/** What leaves the phone, in what order, and when it may be forgotten. */
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { uuid7 } from '../../src/sync/ids.ts'
import { note, opened, states, stored, until } from './phone.ts'
import { json } from './server.ts'

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
