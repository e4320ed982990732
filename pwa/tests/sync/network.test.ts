/** When the phone asks again: refusals, pauses, pokes, clocks. */
import { expect, test } from 'vitest'
import type { SyncReply } from '../../src/sync/protocol.ts'
import { note, opened, until } from './phone.ts'
import { json, refusal } from './server.ts'

const delta = (sequence: number, rest: Partial<SyncReply['changes']>): SyncReply['changes'] => ({
  cursor: `e1.${sequence}`,
  sequence,
  epoch: 'e1',
  ...rest,
})

test('a clock three days late changes neither order nor merge, and its offset is measured', async () => {
  const { server, phone, replica } = await opened()
  phone.clock.now -= 3 * 86_400_000
  const first = await replica.capture(note('une'))
  phone.clock.now -= 86_400_000
  const second = await replica.capture(note('deux'))

  await replica.syncNow()

  expect(server.accepted.map(({ id, seq }) => [id, seq])).toEqual([
    [first, 1],
    [second, 2],
  ])
  expect(replica.snapshot().items.map((item) => item.id)).toEqual([first, second])
  expect(replica.snapshot().clockOffset).toBe(4 * 86_400_000)
})

test('the sign-in page of a Wi-Fi is no answer', async () => {
  const { server, replica } = await opened()
  server.mischief = () => new Response('<html>Bienvenue</html>', { status: 200 })

  await replica.capture(note('une'))
  await replica.syncNow()

  expect(replica.snapshot()).toMatchObject({ reachable: false, link: 'active' })
  expect(replica.snapshot().items[0]?.state).toBe('local')
})

test('Retry-After is obeyed whatever pokes meanwhile', async () => {
  const { server, phone, replica } = await opened()
  server.mischief = () => refusal(429, 'slow-down', { 'Retry-After': '20' })
  await replica.capture(note('une'))
  await replica.syncNow()
  const asked = server.requests.length
  server.mischief = () => null

  phone.waker()
  await replica.syncNow()
  phone.clock.advance(19_000)
  expect(server.requests.length).toBe(asked)
  expect(replica.snapshot().items[0]).toMatchObject({ state: 'retry', reason: 'slow-down' })
  phone.clock.advance(6_000)
  await until(() => server.accepted.length === 1)

  expect(server.requests.length).toBeGreaterThan(asked)
})

test('news that comes during a round is asked for soon after it', async () => {
  let poke: (sequence: number) => void = () => undefined
  const host = {
    pokes: (hear: typeof poke) => {
      poke = hear
      return () => undefined
    },
  }
  const { server, phone, replica } = await opened({ host })
  server.mischief = () => {
    poke(0)
    return null
  }
  await replica.syncNow()
  server.mischief = () => null
  const asked = server.requests.length

  phone.clock.advance(2_000)

  await until(() => server.requests.length === asked + 1)
})

test('failures are retried by themselves, soon for a minute, then further and further apart', async () => {
  const { server, phone, replica } = await opened()
  server.mischief = () => 'drop'
  await replica.capture(note('une'))
  await replica.syncNow()
  const pauses: number[] = []

  for (let i = 0; i < 80; i++) {
    const { drain } = replica.snapshot()
    const pause = drain.state === 'waiting' ? drain.until - phone.clock.now : 0
    pauses.push(pause)
    const asked = server.requests.length
    phone.clock.advance(pause)
    await until(
      () => server.requests.length > asked && replica.snapshot().drain.state === 'waiting',
    )
  }

  expect(pauses).toEqual([...pauses].sort((a, b) => a - b))
  expect(pauses.slice(0, 30).every((pause) => pause >= 1_000 && pause <= 3_000)).toBe(true)
  expect(pauses.at(-1)).toBe(22_500) // the middle of the jitter
})

test('a server that answers without moving anything is not asked again at once', async () => {
  const { server, replica } = await opened()
  server.mischief = (request) =>
    json({ now: 1, refusal: 'fork', changes: { ...delta(1, {}), cursor: request.cursor } })
  const asked = server.requests.length

  await replica.capture(note('une'))
  await replica.syncNow()

  expect(server.requests.length - asked).toBeLessThan(12)
  expect(replica.snapshot().drain.state).toBe('waiting')
})
