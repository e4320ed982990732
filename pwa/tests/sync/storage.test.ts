/** What the phone keeps when its database fails, and how several tabs share one. */
import { IDBDatabase, IDBFactory } from 'fake-indexeddb'
import { afterEach, expect, test, vi } from 'vitest'
import type { Entry } from '../../src/sync/entry.ts'
import { browserHost } from '../../src/sync/host.ts'
import { sha256 } from '../../src/sync/ids.ts'
import { lastPerson } from '../../src/sync/index.ts'
import { createMirror } from '../../src/sync/mirror.ts'
import { inDatabase, note, Phone, states, stored, until } from './phone.ts'
import { refusal, Server } from './server.ts'

afterEach(() => vi.restoreAllMocks())

async function opened() {
  const server = new Server()
  const phone = new Phone(server)
  const replica = await phone.open()
  await replica.syncNow()
  return { server, phone, replica }
}

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

const MARC = { technician: 'marc', name: 'Marc Tremblay', device: 'd1' }

test('a dead database does not hide whose phone this is', async () => {
  const { phone } = await opened()
  breakDatabase(phone)

  expect(await lastPerson(phone.host())).toEqual(MARC)
})

test('a phone that knew its person in a database only knows him still', async () => {
  const phone = new Phone(new Server())
  await formerlyRemembered(phone)

  expect(await lastPerson(phone.host())).toEqual(MARC)
})

test('a database that neither opens nor fails does not hold up an offline page', async () => {
  const phone = new Phone(new Server())
  vi.spyOn(phone.factory, 'open').mockReturnValue({} as IDBOpenDBRequest)

  const asked = lastPerson(phone.host())
  phone.clock.advance(3_000)

  expect(await asked).toBeNull()
})

test('asking a new phone whose it is leaves no database behind', async () => {
  const phone = new Phone(new Server())

  expect(await lastPerson(phone.host())).toBeNull()
  expect(await phone.factory.databases()).toEqual([])
})

/** The database in which the first versions kept their person. */
function formerlyRemembered(phone: Phone): Promise<void> {
  const opening = phone.factory.open('terrain-meta', 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore('meta').put(MARC, 'last')
  return new Promise((resolve) => {
    opening.onsuccess = () => resolve(opening.result.close())
  })
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
  const page = (sequence: number, name: string) => {
    const put = [{ key: 'job/1', cells: { name } }]
    server.pages = [{ cursor: `e1.${sequence}`, sequence, epoch: 'e1', put }]
  }
  page(20, 'ancien')
  const asked = server.requests.length
  const late = await phone.open({ host: { locks, fetch: slow } })
  await until(() => server.requests.length > asked)
  page(30, 'nouveau')
  server.sequence = 30
  const quick = await phone.open({ host: { locks } })
  await quick.syncNow()

  release()
  await late.syncNow()

  expect(late.snapshot().rows.get('job/1')?.name).toBe('nouveau')
})

test('a photo goes after its mutation and resumes at the offset of the server', async () => {
  const { server, replica } = await opened()
  server.cutUploadsAt = 100_000
  const bytes = new Uint8Array(200_000).map((_, i) => i % 251)
  const draft = { kind: 'scan', key: 'job/1', args: { type: 'ont' }, blobs: [new Blob([bytes])] }

  await replica.capture(draft)
  await replica.syncNow()
  expect(replica.snapshot().items[0]).toMatchObject({
    state: 'received',
    blobsWaiting: 1,
    bytes: 200_000,
  })
  server.cutUploadsAt = Number.POSITIVE_INFINITY
  server.uploadCalls = []
  await replica.syncNow()

  expect(server.accepted[0]?.args?.blob).toBe(await sha256(bytes.buffer))
  expect(server.uploadCalls).toEqual(['HEAD', 'PATCH 100000'])
  expect(Buffer.from(server.uploads[0]?.bytes ?? []).equals(bytes)).toBe(true)
  expect(server.uploads.length).toBe(1)
  expect(replica.snapshot().items[0]?.blobsWaiting).toBe(0)
})

test.each([
  ['of this version', (_row: object) => undefined],
  ['kept by an older version', (row: { original?: string }) => delete row.original],
])('a photo %s is announced with the hash of its original', async (_name, age) => {
  const { server, phone, replica } = await opened()
  server.mischief = () => 'drop'
  const bytes = new TextEncoder().encode('photo')
  const blobs = [new Blob([bytes], { type: 'image/jpeg' })]
  await replica.capture({ kind: 'scan', key: 'job/1', args: {}, blobs })
  await replica.syncNow() // its drain has ended: the next page finds the lock free
  const sha = await sha256(bytes.buffer)
  const [row] = (await stored(phone, 'blobs')) as { original?: string }[]
  age(row ?? {})
  await inDatabase(phone, 'blobs', 'readwrite', (store) => store.put(row, sha))
  replica.close()
  server.mischief = () => null

  await (await phone.open()).syncNow()

  const said = `sha256 ${btoa(sha)},filetype ${btoa('image/jpeg')},original ${btoa(sha)}`
  expect(server.uploads.map((upload) => upload.metadata)).toEqual([said])
})

test('a photo whose bytes are gone is told, and holds up nothing', async () => {
  const { server, phone, replica } = await opened()
  server.mischief = () => 'drop'
  const blobs = [new Blob(['photo'])]
  await replica.capture({ kind: 'scan', key: 'job/1', args: {}, blobs })
  await inDatabase(phone, 'bytes', 'readwrite', (store) => store.clear())
  server.mischief = () => null

  await replica.capture(note('une'))
  await replica.syncNow()

  expect(server.accepted.length).toBe(2)
  expect(replica.snapshot().items[0]).toMatchObject({ reason: 'photo-lost', blobsWaiting: 1 })
})

test('a photo taken again after its bytes were lost is kept and sent', async () => {
  const { server, phone, replica } = await opened()
  server.mischief = () => 'drop'
  const draft = { kind: 'scan', key: 'job/1', args: {}, blobs: [new Blob(['photo'])] }
  await replica.capture(draft)
  await inDatabase(phone, 'bytes', 'readwrite', (store) => store.clear())
  server.mischief = () => null
  await replica.syncNow()
  expect(replica.snapshot().items[0]).toMatchObject({ reason: 'photo-lost' })

  await replica.capture(draft)
  await replica.syncNow()

  expect(server.uploads.at(-1)?.bytes.length).toBe(5)
  expect(replica.snapshot().items.map((item) => item.reason)).toEqual([undefined, undefined])
})

test('the photo of a withdrawn mutation is neither announced nor sent', async () => {
  const { server, replica } = await opened()
  server.mischief = () => refusal(429, 'slow-down', { 'Retry-After': '60' })
  await replica.syncNow()
  const draft = { kind: 'scan', key: 'job/1', args: {}, blobs: [new Blob(['photo'])] }
  const id = await replica.capture(draft)

  await replica.abandon(id, 'erreur')
  server.mischief = () => null
  await replica.syncNow()

  expect(states(replica)).toEqual(['abandoned'])
  expect(server.requests.at(-1)?.pending).toMatchObject({ count: 0, photos: 0, bytes: 0 })
  expect(server.uploadCalls).toEqual([])
})

test('a refusal that is not our server’s own gives up no photo', async () => {
  const { server, replica } = await opened()
  const { fetch } = server
  server.fetch = async (input, init) =>
    input === '/api/blobs' ? new Response('<h1>413</h1>', { status: 413 }) : fetch(input, init)

  await replica.capture({ kind: 'scan', key: 'job/1', args: {}, blobs: [new Blob(['photo'])] })
  await replica.syncNow()

  const [item] = replica.snapshot().items
  expect([item?.reason, item?.blobsWaiting]).toEqual([undefined, 1])
})

test('a photo that the server refuses for good is told and not sent again', async () => {
  const { server, replica } = await opened()
  const { fetch } = server
  server.fetch = async (input, init) => {
    if (input !== '/api/blobs') return fetch(input, init)
    server.uploadCalls.push('POST')
    return refusal(415, 'image-type')
  }
  const blobs = [new Blob(['no photo'])]

  await replica.capture({ kind: 'scan', key: 'job/1', args: {}, blobs })
  await replica.syncNow()
  await replica.syncNow()

  expect(server.uploadCalls).toEqual(['POST'])
  expect(replica.snapshot().items[0]).toMatchObject({ reason: 'photo-refused', blobsWaiting: 1 })
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
