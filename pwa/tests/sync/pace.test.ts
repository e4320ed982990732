/** How often the phone asks: soon when somebody waits for it, never in a loop. */
import { expect, test } from 'vitest'
import { note, opened, pass, states, until } from './phone.ts'
import { refusal } from './server.ts'

const MINUTE_MS = 60_000

/** A phone with one note that no server takes. */
async function dark() {
  const all = await opened()
  all.server.mischief = () => 'drop'
  await all.replica.capture(note('une'))
  await all.replica.syncNow()
  return all
}

test('a Background Sync that fires at once does not cut the back-off short', async () => {
  const { server, phone } = await dark()
  const asked = server.requests.length

  await pass(phone, 10_000)

  expect(server.requests.length - asked).toBeGreaterThanOrEqual(3)
  expect(server.requests.length - asked).toBeLessThanOrEqual(7)
})

test('a Background Sync is asked for once in a darkness, and again in the next', async () => {
  const { server, phone, replica } = await dark()
  await pass(phone, MINUTE_MS)
  expect(phone.registrations).toBe(1)

  server.mischief = () => null
  await replica.syncNow()
  server.mischief = () => 'drop'
  await replica.capture(note('deux'))
  await pass(phone, MINUTE_MS)

  expect(phone.registrations).toBe(2)
})

test('a Background Sync of a phone that is not backing off syncs', async () => {
  const { server, phone } = await opened()
  const asked = server.requests.length

  phone.syncer()

  await until(() => server.requests.length > asked)
})

test('in its first minute a darkness is tried every 3 s at most while work waits', async () => {
  const { server, phone } = await dark()

  for (let second = 0; second < 54; second += 3) {
    const asked = server.requests.length
    await pass(phone, 3_250)
    expect(server.requests.length).toBeGreaterThan(asked)
  }
})

test('a long darkness is tried more and more rarely, and at least every 45 s', async () => {
  const { server, phone } = await dark()
  await pass(phone, 10 * MINUTE_MS)
  const asked = server.requests.length

  await pass(phone, 3 * MINUTE_MS)

  const tries = server.requests.length - asked
  expect(tries).toBeGreaterThanOrEqual(4)
  expect(tries).toBeLessThanOrEqual(9)
})

test('a page that is shown or online again tries at once and begins a fresh back-off', async () => {
  const { server, phone } = await dark()
  await pass(phone, 10 * MINUTE_MS)
  const asked = server.requests.length

  phone.waker()
  await pass(phone, 250)
  expect(server.requests.length).toBe(asked + 1)
  await pass(phone, 3_000)

  expect(server.requests.length).toBeGreaterThan(asked + 1)
})

test('a phone with nothing to send backs off without the haste', async () => {
  const { server, phone, replica } = await opened()
  server.mischief = () => 'drop'
  await replica.syncNow()
  const asked = server.requests.length

  await pass(phone, MINUTE_MS)

  expect(server.requests.length - asked).toBeLessThanOrEqual(6)
})

test.each([
  ['that names no sequence', 0],
  ['of a change beyond what is here', 1],
])('a poke %s is followed by a pull within a second', async (_name, beyond) => {
  const { server, phone } = await opened()
  const asked = server.requests.length
  server.sequence += beyond

  phone.poker(beyond && server.sequence)
  await pass(phone, 1_000)

  expect(server.requests.length).toBe(asked + 1)
})

test('a poke of what is already here asks nothing', async () => {
  const { server, phone } = await opened()
  const asked = server.requests.length

  phone.poker(server.sequence)
  await pass(phone, 1_000)

  expect(server.requests.length).toBe(asked)
})

test('many pokes are one pull, and none of them puts it off', async () => {
  const { server, phone } = await opened()
  const asked = server.requests.length

  for (let i = 0; i < 4; i++) {
    phone.poker(++server.sequence)
    phone.clock.advance(100)
  }
  await pass(phone, 250)

  expect(server.requests.length).toBe(asked + 1)
})

test.each([
  ['that names no sequence', 0, 1],
  ['of what this answer lacks', 12, 1],
  ['of what this answer holds', 11, 0],
])('a poke %s, during a round, is followed as far as it is news', async (_name, named, more) => {
  const { server, phone, replica } = await opened()
  server.sequence = 11
  const { fetch } = server
  server.fetch = async (input, init) => {
    const response = await fetch(input, init)
    server.fetch = fetch
    phone.poker(named)
    return response
  }
  const asked = server.requests.length
  await replica.syncNow()
  expect(server.requests.length).toBe(asked + 1)

  await pass(phone, 1_000)

  expect(server.requests.length).toBe(asked + 1 + more)
})

test('the poke of what this phone has just pushed costs no second request', async () => {
  const { server, phone, replica } = await opened()
  const { fetch } = server
  server.fetch = async (input, init) => {
    const response = await fetch(input, init)
    phone.poker(server.sequence) // committed by this very push, and told before its answer is here
    return response
  }
  const asked = server.requests.length
  await replica.capture(note('une'))
  await until(() => states(replica).join() === 'received')

  await pass(phone, 1_000)

  expect(server.requests.length).toBe(asked + 1)
})

test('a poke does not break a wait that the server asked for', async () => {
  const { server, phone, replica } = await opened()
  server.mischief = () => refusal(503, 'busy', { 'Retry-After': '20' })
  await replica.syncNow()
  const asked = server.requests.length

  phone.poker(0)
  await pass(phone, 15_000)

  expect(server.requests.length).toBe(asked)
})

test('without pokes the news that work is on file comes within five seconds', async () => {
  const { server, phone, replica } = await opened()
  const id = await replica.capture(note('une'))
  await replica.syncNow()
  expect(states(replica)).toEqual(['received'])
  server.receipts = [[id, 'filed', '']]

  await pass(phone, 5_250)

  expect(states(replica)).toEqual(['done'])
})

test('while the office is late the phone asks every five seconds for a minute, then rarely', async () => {
  const { server, phone, replica } = await opened()
  await replica.capture(note('une'))
  await replica.syncNow()
  const asked = server.requests.length

  await pass(phone, MINUTE_MS)
  const eager = server.requests.length - asked
  await pass(phone, 3 * MINUTE_MS)

  expect(eager).toBeGreaterThanOrEqual(11)
  expect(eager).toBeLessThanOrEqual(15)
  expect(server.requests.length - asked - eager).toBeLessThanOrEqual(5)
})

test('a hidden page does not ask for news', async () => {
  const { server, phone, replica } = await opened()
  await replica.capture(note('une'))
  await replica.syncNow()
  phone.shown = false
  const asked = server.requests.length

  await pass(phone, MINUTE_MS)

  expect(server.requests.length).toBe(asked)
})

test('the heartbeat does not count what travels with it', async () => {
  const { server, phone, replica } = await dark()
  const [first] = replica.snapshot().items
  expect(server.requests.at(-1)?.pending).toMatchObject({ count: 0, oldest: null })
  phone.clock.advance(1)
  for (let i = 0; i < 120; i++) await replica.capture(note(`note ${i}`))
  await replica.syncNow()
  const before = server.requests.length
  server.mischief = () => null

  await replica.syncNow()

  const [big, rest] = server.requests.slice(before)
  expect(big?.mutations.length).toBe(100)
  expect(big?.pending).toMatchObject({ count: 21 })
  expect(big?.pending.oldest).toBeGreaterThan(first?.madeAt ?? 0)
  expect(rest?.pending).toMatchObject({ count: 0, oldest: null })
})

test('after its photos have left the phone says so', async () => {
  const { server, replica } = await opened()
  const blobs = [new Blob(['photo'])]

  await replica.capture({ kind: 'scan', key: 'job/1', args: {}, blobs })
  await until(() => server.uploads[0]?.bytes.length === 5)
  await until(() => replica.snapshot().drain.state === 'idle')

  const [announced, after] = server.requests.slice(-2).map((request) => request.pending)
  expect(announced).toMatchObject({ photos: 1, bytes: 5 })
  expect(after).toMatchObject({ count: 0, photos: 0, bytes: 0 })
})
