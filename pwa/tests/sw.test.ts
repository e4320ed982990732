/** What the service worker answers itself, and what it leaves to the network. */
import { beforeEach, expect, test, vi } from 'vitest'
import { markSession } from '../src/sync/session-marker.ts'

type Listener = (event: Record<string, unknown>) => void

/** The part of the Cache API that the worker uses. */
class FakeCaches {
  private stores = new Map<string, Map<string, Response>>()

  async open(name: string) {
    const store = this.stores.get(name) ?? new Map<string, Response>()
    this.stores.set(name, store)
    const path = (key: RequestInfo) =>
      new URL(typeof key === 'string' ? key : key.url, 'https://terrain.test').pathname
    return {
      match: async (key: RequestInfo) => store.get(path(key))?.clone(),
      put: async (key: RequestInfo, response: Response) => void store.set(path(key), response),
      add: async (key: RequestInfo) => void store.set(path(key), await fetch(key)),
      delete: async (key: RequestInfo) => store.delete(path(key)),
      keys: async () => [...store.keys()].map((key) => new Request(`https://terrain.test${key}`)),
    }
  }

  async keys(): Promise<string[]> {
    return [...this.stores.keys()]
  }

  async delete(name: string): Promise<boolean> {
    return this.stores.delete(name)
  }
}

let listeners: Map<string, Listener>
let asked: string[]
let network: (path: string) => Promise<Response>
const skipWaiting = vi.fn()
const posted: unknown[] = []
let shownNews: unknown[]
let openPages: {
  postMessage(message: unknown): void
  focus?(): void
  navigate?(url: string): void
}[]
const opened: string[] = []

beforeEach(async () => {
  listeners = new Map()
  asked = []
  posted.length = 0
  opened.length = 0
  shownNews = []
  openPages = [{ postMessage: (message: unknown) => posted.push(message) }]
  skipWaiting.mockClear()
  network = async (path) => new Response(`network ${path}`)
  vi.stubGlobal('caches', new FakeCaches())
  vi.stubGlobal('fetch', (input: RequestInfo) => {
    const url = new URL(typeof input === 'string' ? input : input.url, 'https://terrain.test')
    asked.push(url.pathname)
    return network(url.pathname)
  })
  vi.stubGlobal('Request', TestRequest)
  vi.stubGlobal('self', {
    location: { origin: 'https://terrain.test' },
    addEventListener: (name: string, listener: Listener) => listeners.set(name, listener),
    skipWaiting,
    clients: {
      claim: async () => undefined,
      matchAll: async () => openPages,
      openWindow: async (url: string) => opened.push(url),
    },
    registration: {
      showNotification: async (...shown: unknown[]) => shownNews.push(shown),
    },
  })
  vi.stubGlobal('__SW_VERSION__', '1')
  vi.stubGlobal('__SW_PRECACHE__', ['/assets/tech-1.js'])
  vi.stubGlobal('__SW_ASSETS__', ['/assets/tech-1.js', '/assets/scan-1.js'])
  vi.resetModules()
  await import(new URL('../src/sw.ts', import.meta.url).pathname)
})

/** A request of a page of this site. */
class TestRequest {
  readonly url: string
  readonly method: string
  readonly mode: string
  constructor(url: string, init: { method?: string; mode?: string } = {}) {
    this.url = new URL(url, 'https://terrain.test').href
    this.method = init.method ?? 'GET'
    this.mode = init.mode ?? 'no-cors'
  }
}

async function run(name: string, event: Record<string, unknown> = {}): Promise<void> {
  let work: unknown
  listeners.get(name)?.({ ...event, waitUntil: (promise: unknown) => (work = promise) })
  await work
}

async function answer(request: TestRequest): Promise<string | null> {
  let response: Promise<Response> | null = null
  const respondWith = (given: Promise<Response>) => (response = given)
  listeners.get('fetch')?.({ request, respondWith })
  return response && (await (await (response as Promise<Response>)).text())
}

const open = (url: string) => answer(new TestRequest(url, { mode: 'navigate' }))

async function installed(): Promise<void> {
  await run('install')
  asked = []
}

test('the first visit goes to the network', async () => {
  expect(await open('/t/first-token')).toBe('network /t/first-token')
})

test('a phone that was never enrolled gets the page of the server', async () => {
  await installed()

  expect(await open('/t/')).toBe('network /t/')
})

test('an enrolment is never touched', async () => {
  await installed()

  expect(await answer(new TestRequest('/t/token', { method: 'POST', mode: 'navigate' }))).toBeNull()
})

test('the API is never touched', async () => {
  await installed()

  expect(await answer(new TestRequest('/api/sync'))).toBeNull()
})

test('the link that opened the day opens the shell without a request', async () => {
  await installed()
  await markSession(true, '/t/my-token')

  expect(await open('/t/my-token')).toBe('network /t/shell')
  expect(asked).toEqual([])
})

test('a new link reaches its enrolment page', async () => {
  await installed()
  await markSession(true, '/t/my-token')

  expect(await open('/t/new-token')).toBe('network /t/new-token')
})

test('after a revocation the old link asks the network again, and /t/ still shows the work', async () => {
  await installed()
  await markSession(true, '/t/my-token')
  await markSession(false, null)

  expect(await open('/t/my-token')).toBe('network /t/my-token')
  expect(await open('/t/')).toBe('network /t/shell')
  expect(await open('/t/?enrol')).toBe('network /t/')
})

test('without network, or with a broken server, any link opens the shell', async () => {
  await installed()
  network = async () => Promise.reject(new TypeError('offline'))
  expect(await open('/t/new-token')).toBe('network /t/shell')

  network = async () => new Response('nginx', { status: 502 })
  expect(await open('/t/new-token')).toBe('network /t/shell')
})

test('an asset is asked once, and one of an older build is forgotten', async () => {
  await installed()
  expect(await answer(new TestRequest('/assets/tech-1.js'))).toBe('network /assets/tech-1.js')
  await answer(new TestRequest('/assets/scan-0.js'))
  expect(asked).toEqual(['/assets/scan-0.js'])

  await run('activate')
  await answer(new TestRequest('/assets/scan-0.js'))
  await answer(new TestRequest('/assets/tech-1.js'))

  expect(asked).toEqual(['/assets/scan-0.js', '/assets/scan-0.js'])
})

test('no token is kept in any cache', async () => {
  await installed()
  await markSession(true, '/t/my-token')
  await open('/t/my-token')

  const names = await caches.keys()
  const kept = await Promise.all(
    names.map(async (name) => {
      const cache = await caches.open(name)
      const keys = (await cache.keys()).map((key) => key.url)
      const texts = await Promise.all(keys.map(async (key) => (await cache.match(key))?.text()))
      return [keys, texts]
    }),
  )
  expect(JSON.stringify(kept)).not.toContain('my-token')
})

test('a new version takes over only when a page says so', async () => {
  await installed()
  listeners.get('message')?.({ data: 'hello' })
  expect(skipWaiting).not.toHaveBeenCalled()

  listeners.get('message')?.({ data: 'update' })

  expect(skipWaiting).toHaveBeenCalledOnce()
})

test('a background sync pokes the open pages', async () => {
  await run('sync')

  expect(posted).toEqual(['sync'])
})

test('what the server says of the day is shown, one at a time, and open pages ask for it', async () => {
  const told = { title: 'Terrain', body: 'Une visite a changé.' }

  await run('push', { data: { json: () => told } })

  expect(shownNews).toEqual([
    ['Terrain', { body: told.body, tag: 'day', icon: '/assets/icon-192.png' }],
  ])
  expect(posted).toEqual(['sync'])
})

test('a push without words shows something all the same', async () => {
  await run('push', { data: null })

  expect(shownNews).toHaveLength(1)
})

test('a touch on it opens the day: in the page that is there, else in a new one', async () => {
  const notification = { close: vi.fn() }
  const page = { postMessage: vi.fn(), focus: vi.fn(), navigate: vi.fn() }
  openPages = [page]

  await run('notificationclick', { notification })
  openPages = []
  await run('notificationclick', { notification })

  expect(page.navigate).toHaveBeenCalledWith('/t/#/')
  expect(page.focus).toHaveBeenCalledOnce()
  expect(opened).toEqual(['/t/#/'])
  expect(notification.close).toHaveBeenCalledTimes(2)
})
