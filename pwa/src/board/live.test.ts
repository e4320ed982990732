import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { follow, GATHER_MS, type Host, type Live, POLL_MS } from './live.ts'
import type { BoardState } from './state.ts'

const NOW = Date.UTC(2026, 10, 23, 19, 41)
const EMPTY = { devices: [], visits: [], whole: true, gone: [] }
const BOARD = { now: NOW, today: '2026-11-23', ...EMPTY } as unknown as BoardState

beforeEach(() => {
  vi.useFakeTimers({ now: NOW - 5000 })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A server that gives these answers in turn, then the last one for ever. */
function host(...answers: (() => Response)[]) {
  const asked: RequestInit[] = []
  let poke = (): void => undefined
  let listening = true
  const served: Host = {
    now: () => Date.now(),
    listen: (_url, poked) => {
      poke = poked
      return () => {
        listening = false
      }
    },
    fetch: (_url, init) => {
      asked.push(init)
      const answer = answers[Math.min(asked.length, answers.length) - 1]
      return answer ? Promise.resolve().then(answer) : Promise.reject(new Error('no answer'))
    },
  }
  return { served, asked, poke: () => poke(), isListening: () => listening }
}

const fresh = (): Response =>
  new Response(JSON.stringify(BOARD), { status: 200, headers: { ETag: 'W/"1"' } })
const unchanged = (): Response => new Response(null, { status: 304 })
const lost = (): Response => {
  throw new TypeError('network')
}

async function settle(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
}

test('the board is asked for at once and then every 15 seconds', async () => {
  const { served, asked } = host(fresh)
  const shown: Live[] = []
  follow(served, (live) => shown.push(live))

  await settle()
  expect(shown.at(-1)).toMatchObject({ status: 'live', board: BOARD, now: NOW })
  await settle(POLL_MS)
  await settle(POLL_MS)

  expect(asked).toHaveLength(3)
})

test('many pokes are one question, two seconds later', async () => {
  const { served, asked, poke } = host(fresh)
  follow(served, () => undefined)
  await settle()

  poke()
  await settle(GATHER_MS / 2)
  poke()
  await settle(GATHER_MS / 2)
  await settle(GATHER_MS)

  expect(asked).toHaveLength(2)
})

test('a poke after a quiet while is a question at once', async () => {
  const { served, asked, poke } = host(fresh)
  follow(served, () => undefined)
  await settle()
  await settle(GATHER_MS)

  poke()
  await settle(1)

  expect(asked).toHaveLength(2)
})

test('what the office has just done is asked for at once', async () => {
  const { served, asked } = host(fresh)
  const following = follow(served, () => undefined)
  await settle()

  following.askNow()
  await settle(1)

  expect(asked).toHaveLength(2)
})

test('an unchanged board is kept, by the clock of the server', async () => {
  const { served, asked } = host(fresh, unchanged)
  const shown: Live[] = []
  follow(served, (live) => shown.push(live))
  await settle()

  await settle(POLL_MS)

  expect(asked[1]?.headers).toEqual({ 'If-None-Match': 'W/"1"' })
  expect(shown.at(-1)).toMatchObject({ status: 'live', board: BOARD, now: NOW + POLL_MS })
})

test('lines that did not change stay the same objects', async () => {
  const lines = [
    { key: 'job/1', client: 'A' },
    { key: 'job/2', client: 'B' },
  ]
  const first = { ...BOARD, visits: lines }
  const second = { ...BOARD, visits: [lines[0], { key: 'job/2', client: 'C' }] }
  const answer = (board: unknown) => () => new Response(JSON.stringify(board), { status: 200 })
  const shown: Live[] = []
  follow(host(answer(first), answer(second)).served, (live) => shown.push(live))
  await settle()

  await settle(POLL_MS)

  const [before, after] = shown.map((live) => live.board?.visits ?? [])
  expect(after?.[0]).toBe(before?.[0])
  expect(after?.[1]).toEqual({ key: 'job/2', client: 'C' })
})

test('without an answer the last figures stay, with their time', async () => {
  const { served } = host(fresh, lost)
  const shown: Live[] = []
  follow(served, (live) => shown.push(live))
  await settle()

  await settle(POLL_MS)

  expect(shown.at(-1)).toMatchObject({ status: 'stale', board: BOARD, answeredAt: NOW })
})

test('who is staff no more sees nothing and asks no more', async () => {
  const { served, asked } = host(fresh, () => new Response('', { status: 403 }))
  const shown: Live[] = []
  follow(served, (live) => shown.push(live))
  await settle()

  await settle(10 * POLL_MS)

  expect(shown.at(-1)).toMatchObject({ status: 'out', board: null })
  expect(asked).toHaveLength(2)
})

test('a board that is closed neither asks nor listens', async () => {
  const { served, asked, isListening } = host(fresh)
  const following = follow(served, () => undefined)
  await settle()

  following.stop()
  await settle(10 * POLL_MS)

  expect(asked).toHaveLength(1)
  expect(isListening()).toBe(false)
})
