/** One request to the server: deadline, compression, and what its answer means. */
import type { Host } from './host.ts'
import type { SyncReply } from './protocol.ts'

const GZIP_ABOVE_BYTES = 1_000
/** The server takes a very good ratio for an attack (20): such a text goes as it is. */
const BEST_RATIO = 18
const DEADLINE_MS = 8_000
/** What a full batch may take beyond that: 64 kB at about 10 kB/s. */
const DEADLINE_PER_KB_MS = 110
const LONGEST_DEADLINE_MS = 15_000

/** Why nothing moved. `code` is the server's, '' when the answer was not one of ours. */
export interface Refused {
  kind: 'refused'
  status: number
  code: string
  retryAfterMs: number | null
}

export type Silent = { kind: 'silent'; timeout: boolean }
export type Answer = { kind: 'reply'; reply: SyncReply } | Refused | Silent

/** POST a sync request's text; resolves always. */
export async function postSync(host: Host, text: string): Promise<Answer> {
  const deadline = Math.min(
    DEADLINE_MS + (text.length / 1024) * DEADLINE_PER_KB_MS,
    LONGEST_DEADLINE_MS,
  )
  const body = await compressed(text)
  const headers: Record<string, string> = { 'Content-Type': 'application/json' }
  if (typeof body !== 'string') headers['Content-Encoding'] = 'gzip'
  const init: RequestInit = { method: 'POST', headers, body }
  return withDeadline(host, deadline, '/api/sync', init, (response) =>
    readAnswer(host.now(), response),
  )
}

/**
 * Fetch and read within a deadline, as this page and never through a redirect: the sign-in page
 * of a hotel's Wi-Fi is no answer.
 */
export async function withDeadline<T>(
  host: Host,
  deadlineMs: number,
  url: string,
  init: RequestInit,
  read: (response: Response) => Promise<T>,
): Promise<T | Silent> {
  const abort = new AbortController()
  let late = false
  const cancel = host.after(deadlineMs, () => {
    late = true
    abort.abort()
  })
  const headers = { 'X-Terrain': '1', ...(init.headers as Record<string, string>) }
  const { signal } = abort
  const request: RequestInit = { ...init, headers, signal, redirect: 'error', cache: 'no-store' }
  try {
    return await read(await host.fetch(url, request))
  } catch {
    return { kind: 'silent', timeout: late }
  } finally {
    cancel()
  }
}

/** What a refusal says, whoever it came from; `now` is the device clock, UTC ms. */
export async function readRefusal(now: number, response: Response): Promise<Refused> {
  const code = errorCode(await response.text())
  const retryAfterMs = parseRetryAfter(response.headers.get('Retry-After'), now)
  return { kind: 'refused', status: response.status, code, retryAfterMs }
}

/** Milliseconds to wait by a Retry-After header: seconds or an HTTP date; null without one. */
export function parseRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null
  const seconds = Number(header)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), LONGEST_RETRY_AFTER_MS) : null
}

/**
 * The pause after `failures` earlier ones in a row, ms. Full jitter: anything up to the doubled
 * pause or `longest`, with a floor; `share` is random in [0, 1).
 */
export function backoffMs(failures: number, longest: number, share: number): number {
  const top = Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(failures, 10), longest)
  return Math.max(SHORTEST_BACKOFF_MS, Math.floor(top * share))
}

/**
 * The longest pause while somebody looks at unsent work, `darkMs` after the first failure: short
 * for a minute, as most gaps of a network are (a lift, a cellar), then a quarter of what follows.
 */
export function hastyBackoffMs(darkMs: number): number {
  const beyond = Math.max(0, darkMs - HASTY_FOR_MS)
  return Math.min(HASTY_BACKOFF_MS + beyond / 4, LONGEST_BACKOFF_MS)
}

export const LONGEST_BACKOFF_MS = 45_000
const FIRST_BACKOFF_MS = 2_000
const SHORTEST_BACKOFF_MS = 1_000
const HASTY_BACKOFF_MS = 3_000
const HASTY_FOR_MS = 60_000
// A date read by a clock that is days off must not silence the phone for days.
const LONGEST_RETRY_AFTER_MS = 900_000

async function readAnswer(now: number, response: Response): Promise<Answer> {
  if (response.status !== 200) return readRefusal(now, response)
  const reply: unknown = await response.json()
  if (isReply(reply)) return { kind: 'reply', reply }
  return { kind: 'refused', status: 200, code: '', retryAfterMs: null }
}

function isReply(value: unknown): value is SyncReply {
  if (typeof value !== 'object' || value === null) return false
  const { now, changes } = value as Partial<SyncReply>
  return typeof now === 'number' && typeof changes?.cursor === 'string'
}

function errorCode(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown }
    return typeof error === 'string' ? error : ''
  } catch {
    return ''
  }
}

async function compressed(text: string): Promise<string | ArrayBuffer> {
  if (text.length < GZIP_ABOVE_BYTES || !('CompressionStream' in globalThis)) return text
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))
  const body = await new Response(stream).arrayBuffer()
  return text.length > body.byteLength * BEST_RATIO ? text : body
}
