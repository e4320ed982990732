/** The requests of one page, each held until somebody says what came of it. */

export interface Sent {
  id: number
  method: string
  path: string
  headers: Record<string, string>
  body: Uint8Array
}

export interface Answer {
  status: number
  headers: Record<string, string>
  body: Uint8Array
}

interface Waiting extends Sent {
  taken: boolean
  resolve(response: Response): void
  reject(error: Error): void
}

export class Network {
  private waiting: Waiting[] = []
  private count = 0

  fetch(path: string, init: RequestInit): Promise<Response> {
    const { method = 'GET', headers, signal } = init
    const named = { ...(headers as Record<string, string>) }
    const sent = { id: ++this.count, method, path, headers: named, body: bytesOf(init.body) }
    return new Promise((resolve, reject) => {
      this.waiting.push({ ...sent, taken: false, resolve, reject })
      signal?.addEventListener('abort', () => {
        this.take(sent.id)?.reject(new DOMException('late', 'AbortError'))
      })
    })
  }

  /** The oldest request that has not left yet: now it has. */
  next(): Sent | null {
    const request = this.waiting.find(({ taken }) => !taken)
    if (!request) return null
    request.taken = true
    const { id, method, path, headers, body } = request
    return { id, method, path, headers, body }
  }

  /** False when the page waits no longer. */
  answer(id: number, { status, headers, body }: Answer): boolean {
    const request = this.take(id)
    request?.resolve(new Response(body.length ? Uint8Array.from(body) : null, { status, headers }))
    return request !== undefined
  }

  /** The connection broke; false when the page waits no longer. */
  fail(id: number): boolean {
    const request = this.take(id)
    request?.reject(new TypeError('network'))
    return request !== undefined
  }

  private take(id: number): Waiting | undefined {
    const request = this.waiting.find((waiting) => waiting.id === id)
    this.waiting = this.waiting.filter((waiting) => waiting.id !== id)
    return request
  }
}

function bytesOf(body: RequestInit['body']): Uint8Array {
  if (typeof body === 'string') return new TextEncoder().encode(body)
  return body ? new Uint8Array(body as ArrayBuffer) : new Uint8Array()
}
