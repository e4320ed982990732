/** The reader's thread: one picture at a time, replaced when silent, gone when closed. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { wasmReader } from './reader.ts'
import type { Ask } from './zxing.worker.ts'

const CODE = { text: 'TPLG1A2B3C4D', symbology: 'code_128' }
const PICTURE = { data: new Uint8ClampedArray(4), width: 1, height: 1 } as unknown as ImageData

vi.mock('../tech/trusted.ts', () => ({ trusted: (url: string) => url }))

let threads: Thread[] = []

class Thread {
  onmessage: ((event: { data: unknown }) => void) | null = null
  onerror: (() => void) | null = null
  asked: Ask[] = []
  ended = false
  constructor() {
    threads.push(this)
  }
  postMessage(ask: Ask): void {
    this.asked.push(ask)
  }
  terminate(): void {
    this.ended = true
  }
  answer(): void {
    this.onmessage?.({ data: { id: this.asked.at(-1)?.id, codes: [CODE] } })
  }
}

beforeEach(() => {
  threads = []
  vi.useFakeTimers()
  vi.stubGlobal('Worker', Thread)
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('one thread reads one picture after the other', async () => {
  const reader = wasmReader()
  const [first, second] = [reader.read(PICTURE, 'fast'), reader.read(PICTURE, 'still')]
  await vi.advanceTimersByTimeAsync(0)
  expect(threads[0]?.asked).toHaveLength(1)

  threads[0]?.answer()
  expect(await first).toEqual([CODE])
  await vi.advanceTimersByTimeAsync(0)
  threads[0]?.answer()

  expect(await second).toEqual([CODE])
  expect(threads[0]?.asked.map(({ effort }) => effort)).toEqual(['fast', 'still'])
  expect(threads).toHaveLength(1)
})

test('a thread that falls silent is replaced, and the next picture is read', async () => {
  const reader = wasmReader()
  const lost = reader.read(PICTURE, 'fast')
  const next = reader.read(PICTURE, 'fast')
  await vi.advanceTimersByTimeAsync(5_000)
  threads[1]?.answer()

  expect(await lost).toEqual([])
  expect(await next).toEqual([CODE])
  expect(threads.map(({ ended }) => ended)).toEqual([true, false])
})

test('a reader that was closed reads nothing and starts no other thread', async () => {
  const reader = wasmReader()
  const cut = reader.read(PICTURE, 'fast')
  await vi.advanceTimersByTimeAsync(0)
  reader.close()
  await vi.advanceTimersByTimeAsync(5_000)

  expect(await cut).toEqual([])
  expect(await reader.read(PICTURE, 'fast')).toEqual([])
  expect(threads.map(({ ended }) => ended)).toEqual([true])
})
