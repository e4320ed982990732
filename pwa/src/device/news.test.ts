/** A phone asks to be told by one touch, and the server hears of it only then. */
import { afterEach, expect, test, vi } from 'vitest'
import { newsNow, startNews, stopNews } from './news.ts'

interface Browser {
  permission: NotificationPermission
  subscribed: boolean
  asked: [string, RequestInit | undefined][]
}

/** A browser that can be told, and a server that answers. */
function browser(
  given: { key?: string; told?: boolean; permission?: NotificationPermission } = {},
) {
  const { key = 'BKEY', told = false, permission = 'granted' } = given
  const made: Browser = { permission, subscribed: told, asked: [] }
  const subscription = {
    toJSON: () => ({ endpoint: 'https://fcm.googleapis.com/x', keys: { p256dh: 'p', auth: 'a' } }),
    unsubscribe: async () => {
      made.subscribed = false
      return true
    },
  }
  const pushManager = {
    getSubscription: async () => (made.subscribed ? subscription : null),
    subscribe: vi.fn(async () => {
      made.subscribed = true
      return subscription
    }),
  }
  vi.stubGlobal('navigator', { serviceWorker: { ready: Promise.resolve({ pushManager }) } })
  vi.stubGlobal('PushManager', class {})
  vi.stubGlobal('Notification', { permission, requestPermission: async () => permission })
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
    made.asked.push([path, init])
    return init ? new Response(null, { status: 204 }) : Response.json({ key, told })
  })
  return { made, pushManager }
}

afterEach(() => vi.unstubAllGlobals())

test('where news stand follows from the browser, the server and the person', async () => {
  browser()
  expect(await newsNow()).toBe('off')
  browser({ told: true })
  expect(await newsNow()).toBe('on')
  browser({ key: '' })
  expect(await newsNow()).toBe('none')
  browser({ permission: 'denied' })
  expect(await newsNow()).toBe('denied')
  vi.stubGlobal('PushManager', undefined)
  Reflect.deleteProperty(globalThis, 'PushManager')
  expect(await newsNow()).toBe('absent')
})

test('a touch asks the person, then the browser with our key, then the server', async () => {
  const { made, pushManager } = browser()

  expect(await startNews('fr')).toBe('on')

  expect(pushManager.subscribe).toHaveBeenCalledWith({
    userVisibleOnly: true,
    applicationServerKey: 'BKEY',
  })
  const [, sent] = made.asked.at(-1) ?? []
  expect(sent?.method).toBe('POST')
  expect(JSON.parse(String(sent?.body))).toEqual({
    endpoint: 'https://fcm.googleapis.com/x',
    keys: { p256dh: 'p', auth: 'a' },
    lang: 'fr',
  })
})

test('a person who says no is not asked of by the server', async () => {
  const { made } = browser({ permission: 'denied' })

  expect(await startNews('fr')).toBe('denied')
  expect(made.asked).toEqual([])
})

test('no more news end at the server and in the browser', async () => {
  const { made } = browser({ told: true })

  expect(await stopNews()).toBe('off')

  expect(made.asked.at(-1)?.[1]?.method).toBe('DELETE')
  expect(made.subscribed).toBe(false)
})
