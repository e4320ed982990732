/** What of the browser wakes the sync, and what only nudges it. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { browserHost } from '../../src/sync/host.ts'

class Stream extends EventTarget {
  static readonly CLOSED = 2
  static last: Stream
  readyState = 1
  constructor() {
    super()
    Stream.last = this
  }
  close(): void {
    this.readyState = Stream.CLOSED
  }
}

const worker = new EventTarget()

beforeEach(() => {
  vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }))
  vi.stubGlobal('navigator', { serviceWorker: worker })
  vi.stubGlobal('EventSource', Stream)
  const page = new EventTarget()
  for (const name of ['addEventListener', 'removeEventListener'] as const)
    vi.stubGlobal(name, page[name].bind(page))
})
afterEach(() => vi.unstubAllGlobals())

test("the service worker's message is a Background Sync, not a waking", () => {
  const woken = vi.fn()
  const synced = vi.fn()
  const host = browserHost({})
  const ends = [host.wakes(woken), host.backgroundSyncs(synced)]

  worker.dispatchEvent(new MessageEvent('message', { data: 'sync' }))
  worker.dispatchEvent(new MessageEvent('message', { data: 'other' }))
  for (const end of ends) end()
  worker.dispatchEvent(new MessageEvent('message', { data: 'sync' }))

  expect(synced).toHaveBeenCalledTimes(1)
  expect(woken).not.toHaveBeenCalled()
})

test('a stream that opens again counts as a poke: what came meanwhile was not heard', () => {
  const poked = vi.fn()
  browserHost({}).pokes(poked)
  Stream.last.dispatchEvent(new Event('open'))
  expect(poked).not.toHaveBeenCalled()

  Stream.last.dispatchEvent(new Event('error'))
  Stream.last.dispatchEvent(new Event('open'))
  Stream.last.dispatchEvent(new Event('open'))

  expect(poked.mock.calls).toEqual([[0]])
})

test('a poke says the sequence, or nothing', () => {
  const poked = vi.fn()
  browserHost({}).pokes(poked)

  Stream.last.dispatchEvent(new MessageEvent('poke', { data: '{"sequence":7}' }))
  Stream.last.dispatchEvent(new MessageEvent('poke', { data: '{}' }))

  expect(poked.mock.calls).toEqual([[7], [0]])
})
