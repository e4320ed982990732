/** Keeps the board up to date: asks again at each poke, and every 15 seconds whatever happens. */
import { shared } from './share.ts'
import type { BoardState } from './state.ts'

export const POLL_MS = 15_000
/** Many pokes in a row are one question. */
export const GATHER_MS = 2_000
const TIMEOUT_MS = 10_000
const STATE_URL = '/board/api/state'
const EVENTS_URL = '/board/api/events'

/** `out`: no longer staff. `stale`: the last question got no answer. `now` is the server's clock. */
export interface Live {
  status: 'loading' | 'live' | 'stale' | 'out'
  board: BoardState | null
  now: number
  /** Server time of the last answer. */
  answeredAt: number
}

export const NOTHING_YET: Live = { status: 'loading', board: null, now: 0, answeredAt: 0 }

/** What the browser gives. */
export interface Host {
  fetch(url: string, init: RequestInit): Promise<Response>
  /** Calls back at each poke until stopped. */
  listen(url: string, poked: () => void): () => void
  now(): number
}

interface Known {
  live: Live
  etag: string
  /** Server clock minus this one, ms. */
  offset: number
}

/** What follows the server: until it is stopped, and at once when it is told to. */
export interface Following {
  stop(): void
  askNow(): void
}

/** Shows the board to `show` from now on. A poke after a quiet while is a question at once. */
export function follow(host: Host, show: (live: Live) => void): Following {
  let known: Known = { live: NOTHING_YET, etag: '', offset: 0 }
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking = false
  let pokedAgain = false
  let stopped = false
  let askedAt = Number.NEGATIVE_INFINITY

  const askIn = (ms: number): void => {
    clearTimeout(timer)
    if (!stopped && known.live.status !== 'out') timer = setTimeout(ask, ms)
  }
  const ask = async (): Promise<void> => {
    asking = true
    pokedAgain = false
    askedAt = host.now()
    known = await answered(host, known)
    asking = false
    if (stopped) return
    show(known.live)
    askIn(pokedAgain ? GATHER_MS : POLL_MS)
  }
  const poked = (): void => {
    if (asking) pokedAgain = true
    else if (!pokedAgain) {
      pokedAgain = true
      askIn(Math.max(0, Math.min(GATHER_MS, askedAt + GATHER_MS - host.now())))
    }
  }
  const stopListening = host.listen(EVENTS_URL, poked)
  void ask()
  return {
    stop: () => {
      stopped = true
      clearTimeout(timer)
      stopListening()
    },
    askNow: () => {
      if (asking) pokedAgain = true
      else askIn(0)
    },
  }
}

/** This browser: its network, its clock, its event stream (which opens itself again). */
export const browserHost: Host = {
  fetch: (url, init) => fetch(url, init),
  now: () => Date.now(),
  listen: (url, poked) => {
    const source = new EventSource(url)
    source.addEventListener('poke', poked)
    return () => source.close()
  },
}

async function answered(host: Host, known: Known): Promise<Known> {
  try {
    return await heard(host, known, await host.fetch(urlOf(known), request(known.etag)))
  } catch {
    return unanswered(host, known)
  }
}

// Of visits only what changed since the version on the page is asked for.
function urlOf({ live }: Known): string {
  const version = live.board?.version
  return version ? `${STATE_URL}?known=${encodeURIComponent(version)}` : STATE_URL
}

// The validator is sent by hand: the browser's own cache would hide that nothing changed.
function request(etag: string): RequestInit {
  return {
    cache: 'no-store',
    headers: etag ? { 'If-None-Match': etag } : {},
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }
}

async function heard(host: Host, known: Known, response: Response): Promise<Known> {
  if (response.status === 401 || response.status === 403) return shutOut(known)
  if (response.status === 304) return confirmed(host, known)
  if (!response.ok) return unanswered(host, known)
  const board = shared(known.live.board, (await response.json()) as BoardState)
  return {
    live: { status: 'live', board, now: board.now, answeredAt: board.now },
    etag: response.headers.get('etag') ?? '',
    offset: board.now - host.now(),
  }
}

function confirmed(host: Host, known: Known): Known {
  const now = host.now() + known.offset
  return { ...known, live: { ...known.live, status: 'live', now, answeredAt: now } }
}

function unanswered(host: Host, known: Known): Known {
  return { ...known, live: { ...known.live, status: 'stale', now: host.now() + known.offset } }
}

// What was shown belongs to somebody who may no longer see it.
function shutOut(known: Known): Known {
  return { ...known, etag: '', live: { ...NOTHING_YET, status: 'out' } }
}
