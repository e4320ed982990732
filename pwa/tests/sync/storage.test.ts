/** What the phone keeps when its database fails. */
import { IDBDatabase, IDBFactory } from 'fake-indexeddb'
import { afterEach, expect, test, vi } from 'vitest'
import type { Entry } from '../../src/sync/entry.ts'
import { browserHost } from '../../src/sync/host.ts'
import { createMirror } from '../../src/sync/mirror.ts'
import { note, opened, Phone, states, stored, until } from './phone.ts'
import { Server } from './server.ts'

afterEach(() => vi.restoreAllMocks())

/** The browser's database server is gone: transactions fail, `times` of them; pauses pass at once. */
function breakDatabase(phone: Phone, times = Number.POSITIVE_INFINITY): void {
  const { transaction } = IDBDatabase.prototype
  let left = times
  vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
    this: IDBDatabase,
    ...args: Parameters<typeof transaction>
  ) {
    // The fake opens its own upgrades by the same door.
    if (args[1] !== 'versionchange' && left-- > 0)
      throw new DOMException('Connection to server lost', 'UnknownError')
    return transaction.apply(this, args)
  })
  phone.skipPauses()
}

test('a mutation that the database would not take is mirrored, shown, and sent later', async () => {
  const { server, phone, replica } = await opened()
  breakDatabase(phone)

  const id = await replica.capture(note('une'))
  expect(states(replica)).toEqual(['local'])
  expect(replica.snapshot().storage).toBe('ok')
  replica.close()
  vi.restoreAllMocks()
  const reopened = await phone.open()
  await reopened.syncNow()

  expect(server.accepted.map((mutation) => mutation.id)).toEqual([id])
  expect(phone.local.get('terrain-mirror-marc')).toBeUndefined()
})

test('what was mirrored comes before what the database took after it', async () => {
  const { server, phone, replica } = await opened()
  breakDatabase(phone)
  const first = await replica.capture(note('en premier'))
  vi.restoreAllMocks()

  const second = await replica.capture(note('ensuite'))
  await replica.syncNow()

  expect(server.accepted.map((mutation) => mutation.id)).toEqual([first, second])
})

/** A tab that waits for its turn to sync and knows a mutation from the mirror alone. */
async function mirrored() {
  const server = new Server()
  const phone = new Phone(server)
  const waiting = { request: () => new Promise(() => undefined) } as unknown as LockManager
  const open = () => phone.open({ host: { locks: waiting } })
  const replica = await open()
  breakDatabase(phone)
  const id = await replica.capture(note('une'))
  vi.restoreAllMocks()
  return { server, phone, open, replica, id }
}

test('a mirrored mutation that another tab took into the database is abandoned there', async () => {
  const { server, phone, open, replica, id } = await mirrored()
  await open()

  await replica.abandon(id, 'erreur')
  const third = await phone.open()
  await third.syncNow()

  expect(states(replica)).toEqual(['abandoned'])
  expect(server.accepted).toEqual([])
})

test('a mirrored mutation that another tab has sent cannot be abandoned in silence', async () => {
  const { server, phone, replica, id } = await mirrored()
  server.mischief = (request) => (request.mutations.length ? 'hang' : null)
  await phone.open()
  await until(() => server.requests.at(-1)?.mutations.length === 1)

  await expect(replica.abandon(id, 'erreur')).rejects.toThrow('already-sent')
})

test('a mirrored mutation that is abandoned stays readable and is never sent', async () => {
  const { server, phone, replica, id } = await mirrored()

  await replica.abandon(id, 'erreur')
  const other = await phone.open()
  await other.syncNow()

  expect(replica.snapshot().items).toMatchObject([{ id, state: 'abandoned', reason: 'erreur' }])
  expect(server.accepted).toEqual([])
  expect(phone.local.get('terrain-mirror-marc')).toBeUndefined()
})

test('a database that comes back after a reopening takes the mutation itself', async () => {
  const { phone, replica } = await opened()
  breakDatabase(phone, 3)

  const id = await replica.capture(note('une'))

  expect(phone.local.get('terrain-mirror-marc')).toBeUndefined()
  expect(await stored(phone, 'outbox')).toMatchObject([{ id }])
})

test('when neither place takes it capture rejects and the snapshot says so', async () => {
  const { phone, replica } = await opened()
  breakDatabase(phone)
  phone.storageWorks = false

  await expect(replica.capture(note('une'))).rejects.toThrow('not-kept')

  expect(replica.snapshot().storage).toBe('failing')
  expect(states(replica)).toEqual([])
})

test('a photo is never said to be kept in the mirror', async () => {
  const { phone, replica } = await opened()
  breakDatabase(phone)

  const draft = { kind: 'scan', key: 'job/1', args: {}, blobs: [new Blob(['photo'])] }

  await expect(replica.capture(draft)).rejects.toThrow('not-kept')
})

test('the work of a phone whose database cannot be opened at all can be exported', async () => {
  const { phone, replica } = await opened()
  replica.close()
  vi.spyOn(phone.factory, 'open').mockImplementation(() => {
    throw new DOMException('denied', 'UnknownError')
  })
  phone.skipPauses()

  const broken = await phone.open()
  const id = await broken.capture(note('une'))
  const file = JSON.parse(await (await broken.exportItems()).text())

  expect(broken.snapshot().storage).toBe('failing')
  expect(states(broken)).toEqual(['local'])
  expect(file.mutations).toMatchObject([{ id, args: { text: 'une' } }])
})

test('a profile that lost its database says so and begins another epoch', async () => {
  const { server, phone, replica } = await opened()
  await replica.capture(note('une'))
  await replica.syncNow()
  replica.close()
  phone.factory = new IDBFactory()

  const reopened = await phone.open()
  expect(reopened.snapshot().evicted).toBe(true)
  server.requests = []
  await reopened.capture(note('deux'))
  await reopened.syncNow()

  expect(server.accepted).toMatchObject([{ seq: 1 }, { seq: 1 }])
  expect(new Set(server.requests.map(({ epoch }) => epoch))).toEqual(new Set([2]))
})

test('a new profile is not taken for one that lost its database', async () => {
  const { replica } = await opened()

  expect(replica.snapshot().evicted).toBe(false)
})

test('what is mirrored while the mirror is moved stays in it', async () => {
  const phone = new Phone(new Server())
  const mirror = createMirror(browserHost(phone.host()), 'marc')
  const entry = (id: string): Entry => {
    const intent = { id, kind: 'note', key: 'job/1', base: 0, made_at: 1 }
    return { id, intent, attempts: 0 }
  }
  mirror.keep(entry('a'))
  const write = async (): Promise<never> => {
    mirror.keep(entry('b'))
    return undefined as never
  }

  await mirror.absorb({ write, read: write, close: () => undefined })

  expect(mirror.entries().map(({ id }) => id)).toEqual(['b'])
})

test('a tap and a stamp are on the disk itself before anything relies on them', async () => {
  const { replica } = await opened()
  const durable = vi.spyOn(IDBDatabase.prototype, 'transaction')

  await replica.capture(note('une'))
  await replica.syncNow()

  const writes = durable.mock.calls.filter(([, mode]) => mode === 'readwrite')
  const outbox = writes.filter(([names]) => [names].flat().includes('outbox'))
  expect(outbox.slice(0, 2).map(([, , options]) => options)).toEqual([
    { durability: 'strict' },
    { durability: 'strict' },
  ])
})
