/** What arrives at the phone, all of it or nothing, and what the technician sees meanwhile. */
import { IDBObjectStore } from 'fake-indexeddb'
import { afterEach, expect, test, vi } from 'vitest'
import type { Conflict, SyncReply } from '../../src/sync/protocol.ts'
import type { ReplicaOptions } from '../../src/sync/types.ts'
import { note, Phone, stored, until } from './phone.ts'
import { json, refusal, Server } from './server.ts'

afterEach(() => vi.restoreAllMocks())

async function opened(given: Partial<ReplicaOptions> = {}) {
  const server = new Server()
  const phone = new Phone(server)
  const replica = await phone.open(given)
  await replica.syncNow()
  return { server, phone, replica }
}

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

test('a conflict stays until it comes back closed', async () => {
  const { server, replica } = await opened()
  const conflict: Conflict = {
    id: 'c1',
    key: 'job/1',
    path: 'status',
    base: 'todo',
    mine: 'completed',
    theirs: 'cancelled',
    mutation: 'm1',
    author: 'Marc Tremblay',
    other_author: 'Bureau',
    made_at: 1,
    other_at: 2,
  }
  server.conflicts = [conflict]
  server.pages = [delta(20, { put: [{ key: 'job/1', cells: { status: 'cancelled' } }] })]
  await replica.syncNow()
  server.conflicts = []
  server.pages = [delta(21, { put: [{ key: 'job/1', cells: { status: 'on_hold' } }] })]
  await replica.syncNow()
  expect(replica.snapshot().conflicts).toMatchObject([
    { id: 'c1', otherAuthor: 'Bureau', soft: false },
  ])

  server.conflicts = [{ ...conflict, closed_at: 5, closed_by: 'Bureau', choice: 'mine' }]
  server.pages = [delta(22, { put: [{ key: 'job/1', cells: { status: 'completed' } }] })]
  await replica.syncNow()

  expect(replica.snapshot().conflicts).toEqual([])
})

test('once its conflict is closed a mutation waits for the file like any other', async () => {
  const { server, replica } = await opened()
  const clash = (id: string, more: Partial<Conflict>): Conflict => ({
    ...{ id: 'c1', key: 'job/1', path: 'status', base: 'todo', mine: 'on_site' },
    ...{ theirs: 'cancelled', mutation: id, author: 'Marc', other_author: 'Bureau' },
    ...{ made_at: 1, other_at: 2 },
    ...more,
  })
  server.mischief = (request) => {
    const [sent] = request.mutations as { id: string }[]
    if (!sent) return null
    const verdicts = [[sent.id, 'conflict', { sequence: 20, conflict: 'c1' }]]
    return json({ now: 1, verdicts, changes: delta(20, {}), conflicts: [clash(sent.id, {})] })
  }
  const id = await replica.capture({ kind: 'status', key: 'job/1', args: { to: 'en_route' } })
  await replica.syncNow()
  const state = () => replica.snapshot().items.find((item) => item.id === id)?.state
  expect(state()).toBe('conflict')

  server.mischief = () => null
  server.conflicts = [clash(id, { closed_at: 5, closed_by: 'Bureau', choice: 'mine' })]
  server.pages = [delta(22, {})]
  await replica.syncNow()

  expect(state()).toBe('received')
  expect(replica.snapshot().conflicts).toEqual([])
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

test('rows pulled up to the sequence of a verdict contain its mutation', async () => {
  const { server, replica } = await opened()
  server.sequence = 20
  server.verdict = (mutation) => [mutation.id, 'applied', { sequence: 20 }]
  server.pages = [delta(20, { put: [{ key: 'job/1', cells: { status: 'todo' } }] })]

  await replica.capture({ kind: 'status', key: 'job/1', args: { to: 'on_site' } })
  await replica.syncNow()

  expect(replica.snapshot().rows.get('job/1')).toMatchObject({ status: 'todo' })
})

test('a second verdict of a mutation changes nothing', async () => {
  const { server, replica } = await opened()
  const id = await replica.capture(note('une'))
  await replica.syncNow()
  server.mischief = () =>
    json({
      now: server.now,
      verdicts: [[id, 'rejected', { reason: 'bad-args' }]],
      changes: delta(12, {}),
    })

  await replica.syncNow()

  expect(replica.snapshot().items.map(({ state }) => state)).toEqual(['received'])
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
