/**
 * The service worker of /t/: opens the app without network; never keeps data or answers of the API.
 *
 * Navigations (GET; the enrolment POST is never touched):
 * - `/t/` opens the cached shell at once on a phone that was ever enrolled: offline, and with an
 *   expired or revoked link too, for the unsent work is there.
 * - `/t/<token>` opens the shell when a page of that very path opened the day in the session that
 *   stands (`sync/session-marker.ts`). Any other token goes to the network first, so that a new
 *   link reaches its enrolment page; the shell stands in after 3 s, or when the server is down.
 * - `?enrol` on either always goes to the network: the page's own way out.
 *
 * A new version installs beside the running one and takes over on the message `update`, or when
 * the last page closes. The browser looks for one at each navigation, in the background.
 */
import { pathDigest, sessionPaths } from './sync/session-marker.ts'

declare const self: ServiceWorkerGlobalScope
/** Injected by the build: version, what the first view needs, and every asset there is. */
declare const __SW_VERSION__: string
declare const __SW_PRECACHE__: readonly string[]
declare const __SW_ASSETS__: readonly string[]

const SHELL = '/t/shell'
const SHELL_CACHE = `terrain-shell-${__SW_VERSION__}`
const ASSET_CACHE = 'terrain-assets'
const DAY = '/t/#/'
const NAVIGATION_TIMEOUT_MS = 3_000

self.addEventListener('install', (event) => event.waitUntil(install()))
self.addEventListener('activate', (event) => event.waitUntil(activate()))
self.addEventListener('message', (event) => {
  if (event.data === 'update') void self.skipWaiting()
})
self.addEventListener('sync', (event) => {
  ;(event as ExtendableEvent).waitUntil(pokePages())
})
self.addEventListener('push', (event) => event.waitUntil(tellNews(event.data)))
self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(openDay())
})
self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return
  if (request.mode === 'navigate') event.respondWith(openPage(request, url))
  else if (url.pathname.startsWith('/assets/')) event.respondWith(openAsset(request))
})

async function install(): Promise<void> {
  const shell = await caches.open(SHELL_CACHE)
  await shell.add(new Request(SHELL, { cache: 'no-cache' }))
  const assets = await caches.open(ASSET_CACHE)
  await Promise.all(__SW_PRECACHE__.map((url) => addMissing(assets, url)))
}

// Names of assets hold the hash of their content: what is there is never fetched again.
async function addMissing(cache: Cache, url: string): Promise<void> {
  if (!(await cache.match(url))) await cache.add(url)
}

async function activate(): Promise<void> {
  const stale = (await caches.keys()).filter(
    (name) => name.startsWith('terrain-shell-') && name !== SHELL_CACHE,
  )
  await Promise.all(stale.map((name) => caches.delete(name)))
  const assets = await caches.open(ASSET_CACHE)
  for (const request of await assets.keys())
    if (!__SW_ASSETS__.includes(new URL(request.url).pathname)) await assets.delete(request)
  await self.clients.claim()
}

async function openPage(request: Request, url: URL): Promise<Response> {
  const shell = await (await caches.open(SHELL_CACHE)).match(SHELL)
  if (!shell) return fetch(request)
  if (await belongsToSession(url)) return shell
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(NAVIGATION_TIMEOUT_MS) })
    return response.status >= 500 ? shell : response
  } catch {
    return shell
  }
}

async function belongsToSession(url: URL): Promise<boolean> {
  if (url.searchParams.has('enrol')) return false
  const paths = await sessionPaths()
  if (paths === null || url.pathname === '/t/') return paths !== null
  return paths.includes(await pathDigest(url.pathname))
}

async function openAsset(request: Request): Promise<Response> {
  const cache = await caches.open(ASSET_CACHE)
  const cached = await cache.match(request)
  if (cached) return cached
  const response = await fetch(request)
  if (response.status === 200) await cache.put(request, response.clone())
  return response
}

/** Background Sync: the pages know how to send; without a page the work waits for one. */
async function pokePages(): Promise<void> {
  for (const client of await self.clients.matchAll({ type: 'window' })) client.postMessage('sync')
}

/** What the server says of the day; a browser that was told must show something. */
async function tellNews(data: PushMessageData | null): Promise<void> {
  const { title, body }: { title: string; body: string } = data?.json() ?? { title: 'Terrain' }
  // One on the screen at a time: the newest says all that matters.
  const shown = { body, tag: 'day', icon: '/assets/icon-192.png' }
  await self.registration.showNotification(title, shown)
  await pokePages()
}

async function openDay(): Promise<void> {
  const [page] = await self.clients.matchAll({ type: 'window' })
  if (!page) return void (await self.clients.openWindow(DAY))
  await page.focus()
  await page.navigate(DAY)
}
