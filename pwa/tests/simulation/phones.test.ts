/** The phones of the simulation do what phones do, and a seed makes them do it again. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { refusal, Server } from '../sync/server.ts'
import type { Accident } from './door.ts'
import { Loop } from './loop.ts'
import { type At, Phones, type SentText } from './phones.ts'

const HOUR_MS = 3_600_000
const FIRST: At = { phone: 'p1' }
const MARC = { technician: 'marc', name: 'Marc Tremblay', device: 'd1' }

const loop = new Loop()
let restore: () => void
let server: Server
let phones: Phones

beforeAll(() => {
  restore = loop.install()
})
afterAll(() => restore())
beforeEach(() => {
  server = new Server()
  phones = new Phones(loop)
})

function note(text: string) {
  return { kind: 'note', key: 'job/1', args: { text } }
}

async function opened(at: At = FIRST, seed = 'a'): Promise<void> {
  phones.setClock(at, server.now)
  await phones.open(at, MARC, seed)
}

async function tapped(text: string, at: At = FIRST): Promise<string> {
  const { id = '' } = await phones.tap(at, note(text))
  return id
}

/** What the server says to a request of a phone. */
async function reply({ method, path, headers, body }: SentText) {
  const bytes = Uint8Array.from(Buffer.from(body, 'base64'))
  const text = headers['Content-Encoding'] ? bytes.buffer : new TextDecoder().decode(bytes)
  const sent = method === 'PATCH' ? bytes.buffer : text
  const response = await server.fetch(path, { method, headers, body: sent })
  const answer = Buffer.from(await response.arrayBuffer()).toString('base64')
  return { status: response.status, headers: Object.fromEntries(response.headers), body: answer }
}

/** One request and its answer; false when the phone has nothing to say. */
async function exchange(at: At = FIRST): Promise<boolean> {
  const sent = await phones.next(at)
  return sent !== null && phones.answer(at, sent.id, await reply(sent))
}

/** Exchange `times` times, which is more than what waits. */
async function synced(at: At = FIRST, times = 6): Promise<void> {
  for (let i = 0; i < times; i++) await exchange(at)
}

function states(at: At = FIRST): string[] {
  return phones.see(at).items.map(({ state }) => state)
}

function accepted(): string[] {
  return server.accepted.map(({ id }) => id)
}

test('a tap without network is kept, and sent once there is one', async () => {
  await opened()

  const id = await tapped('une')
  expect(states()).toEqual(['local'])
  await synced()

  expect(accepted()).toEqual([id])
  expect(states()).toEqual(['received'])
})

test('a request whose answer is lost goes again, with the same mutations', async () => {
  await opened()
  await synced()
  const id = await tapped('une')

  const lost = await phones.next(FIRST)
  if (lost) await reply(lost)
  await phones.fail(FIRST, lost?.id ?? 0)
  await synced()

  expect(accepted()).toEqual([id])
  expect(states()).toEqual(['received'])
})

test('an answer after the deadline reaches nobody', async () => {
  await opened()
  const sent = await phones.next(FIRST)

  await phones.elapse(FIRST, 60_000)

  expect(sent && (await phones.answer(FIRST, sent.id, await reply(sent)))).toBe(false)
  expect(phones.see(FIRST).lastContactAt).toBeNull()
})

test('a page that is killed with a commit keeps it, and nobody heard of it', async () => {
  await opened()
  await synced()

  phones.befall(FIRST, { commits: 1, how: 'kept' })
  const told = await phones.tap(FIRST, note('une'))
  await opened(FIRST, 'b')

  expect(told).toEqual({ dead: true })
  expect(states()).toEqual(['sending'])
})

test('a page that is killed with the stamps of a batch sends nothing any more', async () => {
  await opened()
  await phones.fail(FIRST, (await phones.next(FIRST))?.id ?? 0)

  phones.befall(FIRST, { commits: 1, how: 'kept' })

  expect(await phones.next(FIRST)).toBeNull()
  expect(phones.isOpen(FIRST)).toBe(false)
})

test('a page that is killed before a commit has kept nothing of it', async () => {
  await opened()
  await synced()

  phones.befall(FIRST, { commits: 1, how: 'lost' })
  const told = await phones.tap(FIRST, note('une'))
  await opened(FIRST, 'b')

  expect(told).toEqual({ dead: true })
  expect(states()).toEqual([])
})

/** Three taps and their requests on a page that dies on the way: what it said that it kept. */
async function cutShort(accident: Accident): Promise<string[]> {
  const told: string[] = []
  phones.befall(FIRST, accident)
  for (const text of ['une', 'deux', 'trois']) {
    if (phones.isOpen(FIRST)) told.push(await tapped(text))
    if (phones.isOpen(FIRST)) await exchange()
  }
  if (phones.isOpen(FIRST)) await phones.kill(FIRST)
  return told.filter((id) => id !== '')
}

const HOW = ['kept', 'lost', 'refused'] as const
const ACCIDENTS = HOW.flatMap((how) =>
  Array.from({ length: 9 }, (_, i): Accident => ({ commits: i + 1, how })),
)

test.each(ACCIDENTS)('no tap is lost when commit $commits is $how', async (accident) => {
  await opened()

  const told = await cutShort(accident)
  await opened(FIRST, 'b')
  await synced()

  expect(accepted()).toEqual(expect.arrayContaining(told))
  expect(new Set(accepted()).size).toBe(accepted().length)
  expect(states().every((state) => state === 'received')).toBe(true)
})

test('a tap that the database refuses is kept beside it', async () => {
  await opened()
  await synced()

  phones.befall(FIRST, { commits: 1, how: 'refused' })
  const { id, dead } = await phones.tap(FIRST, note('une'))
  await phones.kill(FIRST)
  await opened(FIRST, 'b')
  await synced()

  expect(dead).toBe(false)
  expect(accepted()).toEqual([id])
})

test('a cloned profile takes an epoch of its own, and nothing of either is lost', async () => {
  const second: At = { phone: 'p2' }
  await opened()
  await synced()
  await phones.import(second, await phones.export(FIRST))
  await opened(second, 'b')

  const mine = await tapped('la mienne')
  const other = await tapped('la sienne', second)
  await synced()
  await synced(second)

  expect(accepted().sort()).toEqual([mine, other].sort())
  expect(server.requests.at(-1)?.epoch).toBe(2)
  expect([...states(), ...states(second)]).toEqual(['received', 'received'])
})

test('a phone put back to an older day sends what it does not know to be sent', async () => {
  await opened()
  const first = await tapped('une')
  const older = await phones.export(FIRST)
  await synced()

  await phones.import(FIRST, older)
  await opened(FIRST, 'b')
  const second = await tapped('deux')
  await synced()

  expect(accepted()).toEqual([first, second])
  expect(states()).toEqual(['received', 'received'])
})

test('a phone whose database was thrown away says so, and begins another epoch', async () => {
  await opened()
  await tapped('une')
  await synced()

  await phones.evict(FIRST)
  await opened(FIRST, 'b')
  const id = await tapped('deux')
  await synced()

  expect(phones.see(FIRST).evicted).toBe(true)
  expect(server.accepted.at(-1)?.id).toBe(id)
  expect(server.requests.at(-1)?.epoch).toBe(2)
})

test('a page that came with the day shows it before the network answers', async () => {
  const put = [{ key: 'job/9', cells: { name: 'V-9' } }]
  const changes = { cursor: 'e1.10', sequence: 10, epoch: 'e1', put }

  await phones.open(FIRST, { ...MARC, day: { now: server.now, changes } }, 'a')

  expect(phones.see(FIRST).rows).toEqual({ 'job/9': { name: 'V-9' } })
})

test('a revoked link takes the rows and leaves the outbox', async () => {
  await opened()
  await synced()
  await tapped('une')

  server.mischief = () => refusal(401, 'revoked')
  await exchange()

  expect(phones.see(FIRST)).toMatchObject({ link: 'revoked', rows: {} })
  expect(phones.see(FIRST).items).toHaveLength(1)
})

test('a server older than the app is waited for, and nothing is dropped', async () => {
  await opened()
  const id = await tapped('une')

  server.mischief = () => refusal(503, 'newer-client', { 'Retry-After': '60' })
  await exchange()
  expect(await phones.next(FIRST)).toBeNull()
  server.mischief = () => null
  await phones.elapse(FIRST, 90_000)
  await synced()

  expect(accepted()).toEqual([id])
})

test('of two pages of one profile one sends, and both see what came of it', async () => {
  const second: At = { phone: 'p1', page: 'second' }
  await opened()
  await opened(second, 'b')
  await phones.next(FIRST)

  await tapped('une', second)

  expect(await phones.next(second)).toBeNull()
  await phones.kill(FIRST)
  await synced(second)
  await opened(FIRST, 'c')
  expect(states()).toEqual(['received'])
  expect(states(second)).toEqual(['received'])
})

test('a photo goes after its mutation, in chunks, and is known to have been sent', async () => {
  const bytes = Buffer.alloc(200_000, 7).toString('base64')
  await opened()
  await phones.tap(FIRST, { kind: 'scan', key: 'job/1', args: {} }, [bytes])

  await synced(FIRST, 8)

  expect(server.uploads.map(({ bytes: received }) => received.length)).toEqual([200_000])
  expect(phones.see(FIRST).items).toMatchObject([{ state: 'received', blobsWaiting: 0 }])
})

test('timers run in the order of their time, whatever the device shows', async () => {
  await opened()
  await exchange()
  const before = server.requests.length

  phones.setClock(FIRST, server.now - 72 * HOUR_MS)
  await phones.elapse(FIRST, 45_000)
  await exchange()

  expect(server.requests).toHaveLength(before + 1)
})

test('a seed makes the same requests again, byte for byte', async () => {
  const run = async (seed: string): Promise<string[]> => {
    server = new Server()
    await phones.forget()
    const sent: string[] = []
    await opened(FIRST, seed)
    await opened({ phone: 'p1', page: 'second' }, `${seed}/second`)
    for (const text of ['une', 'deux '.repeat(400), 'trois']) {
      await tapped(text)
      await tapped(text, { phone: 'p1', page: 'second' })
      const request = await phones.next(FIRST)
      if (request) await phones.answer(FIRST, request.id, await reply(request))
      sent.push(JSON.stringify(request), JSON.stringify(phones.see(FIRST)))
    }
    return sent
  }

  expect(await run('7')).toEqual(await run('7'))
  expect(await run('7')).not.toEqual(await run('8'))
})
