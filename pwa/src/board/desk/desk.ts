/** What the office does: decisions and questions to the server, each answered or told in a code. */
import { createContext } from 'preact'
import { useContext, useState } from 'preact/hooks'
import { uuid7 } from '../../sync/ids.ts'

const TIMEOUT_MS = 15_000
const RANDOM_BYTES = 16

export interface Reply {
  outcome: string
  reason: string
}

export interface Desk {
  /** A mutation of the office; a repeated one that got no answer is the same mutation. */
  decide(kind: string, key: string, args: Record<string, unknown>): Promise<Reply>
  send<T>(path: string, body: unknown): Promise<T>
  read<T>(path: string): Promise<T>
  newId(): string
  /** Ask for the board again at once. */
  refresh(): void
}

/** What a server or a lost network answers: a stable code. */
export class DeskError extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/** What the desk needs of the page: its network, clock and where the board stands. */
export interface Page {
  fetch(url: string, init: RequestInit): Promise<Response>
  now(): number
  sequence(): number
  random(bytes: Uint8Array<ArrayBuffer>): Uint8Array
  refresh(): void
}

export function openDesk(page: Page): Desk {
  const unanswered = new Map<string, object>()
  const newId = (): string => uuid7(page.now(), page.random(new Uint8Array(RANDOM_BYTES)))
  const send = async <T>(path: string, body: unknown): Promise<T> => {
    const headers = { 'Content-Type': 'application/json', 'X-Terrain': '1' }
    const answer = await asked(page, path, { method: 'POST', headers, body: JSON.stringify(body) })
    return (answer.status === 204 ? undefined : await answer.json()) as T
  }
  return {
    newId,
    send,
    read: async <T>(path: string) => (await (await asked(page, path, {})).json()) as T,
    refresh: page.refresh,
    decide: async (kind, key, args) => {
      const same = JSON.stringify([kind, key, args])
      const stamp = { id: newId(), base: page.sequence(), made_at: Math.floor(page.now()) }
      const decision = unanswered.get(same) ?? { ...stamp, kind, key, args }
      unanswered.set(same, decision)
      const reply = await send<Reply>('mutations', decision)
      unanswered.delete(same)
      page.refresh()
      if (reply.outcome === 'rejected' || reply.outcome === 'parked') {
        throw new DeskError(reply.reason)
      }
      return reply
    },
  }
}

async function asked(page: Page, path: string, init: RequestInit): Promise<Response> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  let answer: Response
  try {
    answer = await page.fetch(`/board/api/${path}`, { ...init, signal, cache: 'no-store' })
  } catch {
    throw new DeskError('network')
  }
  if (answer.ok) return answer
  throw new DeskError(await codeOf(answer))
}

async function codeOf(answer: Response): Promise<string> {
  try {
    const { error, reason } = (await answer.json()) as { error?: string; reason?: string }
    return (error === 'unreadable' ? reason : error) || `http-${answer.status}`
  } catch {
    return `http-${answer.status}`
  }
}

const CLOSED: Desk = {
  decide: () => Promise.reject(new DeskError('network')),
  send: () => Promise.reject(new DeskError('network')),
  read: () => Promise.reject(new DeskError('network')),
  newId: () => '',
  refresh: () => undefined,
}

export const DeskContext = createContext<Desk>(CLOSED)

export function useDesk(): Desk {
  return useContext(DeskContext)
}

export interface Act {
  busy: boolean
  /** The code of why the last try failed, '' when it did not. */
  error: string
  run(work: () => Promise<unknown>): Promise<boolean>
}

/** One action at a time, with what came of the last. */
export function useAct(): Act {
  const [state, setState] = useState({ busy: false, error: '' })
  const run = async (work: () => Promise<unknown>): Promise<boolean> => {
    setState({ busy: true, error: '' })
    try {
      await work()
      setState({ busy: false, error: '' })
      return true
    } catch (error) {
      setState({ busy: false, error: error instanceof DeskError ? error.code : 'network' })
      return false
    }
  }
  return { ...state, run }
}
