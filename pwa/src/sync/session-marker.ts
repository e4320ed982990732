/** Whether the session stands: written by the page, read by the service worker. */

const SESSION_CACHE = 'terrain-session'
const SESSION_KEY = '/t/.session'
/** Links this phone may have been opened with in one session. */
const KNOWN_PATHS = 8

/**
 * Tell the service worker that pages at `path` belong to a standing session, or that none stands:
 * then it asks the network first, so that a new link reaches its enrolment page.
 */
export async function markSession(standing: boolean, path: string | null): Promise<void> {
  if (!('caches' in globalThis)) return
  const cache = await caches.open(SESSION_CACHE)
  const known = standing ? await knownPaths(cache) : []
  const added = path === null ? known : [...new Set([...known, await pathDigest(path)])]
  await cache.put(SESSION_KEY, new Response(JSON.stringify(added.slice(-KNOWN_PATHS))))
}

/** The digests of the paths that opened the day in this session; null if there never was one. */
export async function sessionPaths(): Promise<string[] | null> {
  const cache = await caches.open(SESSION_CACHE)
  return (await cache.match(SESSION_KEY)) ? knownPaths(cache) : null
}

/** A path may hold a token: only its SHA-256 is kept, base64. */
export async function pathDigest(path: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(path))
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
}

async function knownPaths(cache: Cache): Promise<string[]> {
  const marker = await cache.match(SESSION_KEY)
  return marker ? ((await marker.json()) as string[]) : []
}
