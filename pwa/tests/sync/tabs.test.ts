/** How several tabs share one database. */
import { expect, test } from 'vitest'
import { note, opened, states, until } from './phone.ts'

test('two tabs drain one at a time and both see every change', async () => {
  const { server, phone, replica } = await opened()
  const other = await phone.open()
  await other.syncNow()
  let open = 0
  let most = 0
  const fetch = server.fetch
  server.fetch = async (input, init) => {
    most = Math.max(most, ++open)
    await new Promise((resolve) => setTimeout(resolve, 5))
    return fetch(input, init).finally(() => open--)
  }

  await Promise.all([replica.capture(note('une')), other.capture(note('deux'))])
  await Promise.all([replica.syncNow(), other.syncNow()])
  phone.clock.advance(5_000)
  await until(() => server.accepted.length === 2)
  await until(
    () => [...states(replica), ...states(other)].join() === 'received,received,received,received',
  )

  expect(most).toBe(1)
})

test('two idle tabs do not wake each other for ever', async () => {
  const { server, phone, replica } = await opened()
  const other = await phone.open()
  server.mischief = () => 'drop'
  await replica.capture(note('une'))
  await Promise.all([replica.syncNow(), other.syncNow()])
  const asked = server.requests.length

  for (let turn = 0; turn < 500; turn++) await new Promise((resolve) => setImmediate(resolve))

  expect(server.requests.length).toBeLessThanOrEqual(asked + 1)
})

test('with Web Locks the drain waits for no tab and steals from one that froze', async () => {
  const { server, phone } = await opened()
  const modes: LockOptions[] = []
  const request = async (_name: string, options: LockOptions, run: (lock: unknown) => unknown) => {
    modes.push(options)
    return run(options.steal ? {} : null)
  }
  const locks = { request } as unknown as LockManager
  const replica = await phone.open({ host: { locks } })

  await replica.capture(note('une'))
  await replica.syncNow()
  expect(server.accepted).toEqual([])
  phone.clock.advance(60_000)
  await until(() => server.accepted.length === 1)

  expect(modes[0]).toEqual({ ifAvailable: true })
  expect(modes.at(-1)).toEqual({ steal: true })
})

test('an answer that comes after a newer one of another tab takes nothing back', async () => {
  const { server, phone } = await opened()
  const everyone = async (_name: string, _options: unknown, run: (lock: unknown) => unknown) =>
    run({})
  const locks = { request: everyone } as unknown as LockManager
  const { fetch } = server
  let release: () => void = () => undefined
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const slow: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init)
    await released
    return answer
  }
  const first = await phone.open()
  const id = await first.capture(note('une'))
  await first.syncNow()
  first.close()
  const page = (sequence: number, name: string, fate: 'refused' | 'filed') => {
    const put = [{ key: 'job/1', cells: { name } }]
    server.receipts = [[id, fate, '']]
    server.pages = [{ cursor: `e1.${sequence}`, sequence, epoch: 'e1', put }]
  }
  page(20, 'ancien', 'refused')
  const asked = server.requests.length
  const late = await phone.open({ host: { locks, fetch: slow } })
  await until(() => server.requests.length > asked)
  page(30, 'nouveau', 'filed')
  server.sequence = 30
  const quick = await phone.open({ host: { locks } })
  await quick.syncNow()

  release()
  await late.syncNow()

  expect(late.snapshot().rows.get('job/1')?.name).toBe('nouveau')
  expect(states(late)).toEqual(['done'])
})
