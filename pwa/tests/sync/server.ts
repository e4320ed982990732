/** A small server that speaks the protocol: numbering, stored verdicts, a feed, resumable photos. */
import { gunzipSync } from 'node:zlib'
import type { Conflict, Mutation, SyncReply, SyncRequest } from '../../src/sync/protocol.ts'

type Verdict = NonNullable<SyncReply['verdicts']>[number]
type Put = NonNullable<SyncReply['changes']['put']>[number]

/** The numbering of one replica. */
interface Line {
  last: number
  ids: Map<number, string>
}

/** What the network or the server does with one request instead of answering it. */
export type Mischief = (request: SyncRequest) => Response | 'drop' | 'lose-answer' | 'hang' | null

export class Server {
  now = 1_795_000_000_000
  epoch = 'e1'
  sequence = 10
  backedUp = 0
  texts: string[] = []
  requests: SyncRequest[] = []
  accepted: Mutation[] = []
  conflicts: Conflict[] = []
  receipts: NonNullable<SyncReply['receipts']> = []
  rows = new Map<string, Record<string, unknown>>([['job/1', { name: 'V-1', status: 'todo' }]])
  pages: SyncReply['changes'][] = []
  mischief: Mischief = () => null
  verdict: (mutation: Mutation) => Verdict = (mutation) => [
    mutation.id,
    'applied',
    { sequence: ++this.sequence },
  ]
  uploads: { url: string; size: number; metadata: string; bytes: number[] }[] = []
  /** The connection breaks when an upload has this many bytes. */
  cutUploadsAt = Number.POSITIVE_INFINITY
  uploadCalls: string[] = []
  private lines = new Map<string, Line>()
  private stored = new Map<string, { text: string; verdict: Verdict }>()

  fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const url = String(input)
    if (url.startsWith('/api/blobs')) return this.blob(url, init)
    const text = await bodyText(init.body)
    const request = JSON.parse(text) as SyncRequest
    this.texts.push(text)
    this.requests.push(request)
    const mischief = this.mischief(request)
    if (mischief instanceof Response) return mischief
    if (mischief === 'drop') throw new TypeError('network')
    if (mischief === 'hang') return hang(init.signal)
    const reply = this.reply(request)
    if (mischief === 'lose-answer') throw new TypeError('network')
    return json(reply)
  }

  /** Lose everything after `keep` mutations of each line, as a restored backup does. */
  restore(epoch: string, keep: number): void {
    this.epoch = epoch
    this.lines.forEach((line) => {
      line.last = Math.min(line.last, keep)
      for (const [seq, id] of line.ids) {
        if (seq <= keep) continue
        line.ids.delete(seq)
        this.stored.delete(id)
        this.accepted = this.accepted.filter((mutation) => mutation.id !== id)
      }
    })
  }

  /** Have taken this mutation before the test begins. */
  receive(mutation: Mutation): void {
    const line: Line = { last: mutation.seq, ids: new Map() }
    this.lines.set('d1/1', line)
    this.decide(mutation, line)
  }

  private reply(request: SyncRequest): SyncReply {
    const pushed = this.push(request)
    const receipts = this.receipts
    this.receipts = []
    const { now, backedUp: backed_up, conflicts } = this
    return { now, changes: this.changes(request.cursor), ...pushed, receipts, backed_up, conflicts }
  }

  private push(request: SyncRequest): Pick<SyncReply, 'verdicts' | 'refusal' | 'expect'> {
    const name = `${request.device}/${request.epoch}`
    const line = this.lines.get(name) ?? { last: 0, ids: new Map() }
    this.lines.set(name, line)
    const verdicts: Verdict[] = []
    for (const mutation of request.mutations) {
      const expect = line.last + 1
      if (mutation.seq > expect) return { verdicts, refusal: 'gap', expect }
      const taken = mutation.seq < expect && line.ids.get(mutation.seq) !== mutation.id
      if (taken && !this.stored.has(mutation.id)) return { verdicts, refusal: 'fork', expect }
      verdicts.push(this.decide(mutation, line))
      line.last = Math.max(line.last, mutation.seq)
    }
    return { verdicts }
  }

  // A mutation keeps the place where it was new: one that is re-stamped has none on the new line.
  private decide(mutation: Mutation, { ids }: Line): Verdict {
    const { seq, ...payload } = mutation
    const text = JSON.stringify(payload)
    const known = this.stored.get(mutation.id)
    if (known && known.text !== text) return [mutation.id, 'rejected', { reason: 'mutated' }]
    if (known) return known.verdict
    const verdict = this.verdict(mutation)
    this.accepted.push(mutation)
    this.stored.set(mutation.id, { text, verdict })
    ids.set(seq, mutation.id)
    return verdict
  }

  private changes(cursor: string): SyncReply['changes'] {
    const page = this.pages.shift()
    if (page) return page
    const { sequence, epoch } = this
    const next = `${epoch}.${sequence}`
    if (cursor.startsWith(`${epoch}.`)) return { cursor: next, sequence, epoch }
    const put: Put[] = [...this.rows].map(([key, cells]) => ({ key, cells, whole: true }))
    return { cursor: next, sequence, epoch, reset: true, put }
  }

  private async blob(url: string, init: RequestInit): Promise<Response> {
    const headers = init.headers as Record<string, string>
    this.uploadCalls.push(`${init.method} ${headers['Upload-Offset'] ?? ''}`.trim())
    if (init.method === 'POST') return this.createUpload(headers)
    const upload = this.uploads.find((candidate) => candidate.url === url)
    if (!upload) return new Response(null, { status: 404 })
    if (init.method === 'PATCH') {
      const offset = Number(headers['Upload-Offset'])
      if (offset !== upload.bytes.length) return new Response(null, { status: 409 })
      const bytes = [...new Uint8Array(init.body as ArrayBuffer)]
      const room = this.cutUploadsAt - offset
      for (const byte of bytes.slice(0, room)) upload.bytes.push(byte)
      if (bytes.length > room) throw new TypeError('network')
    }
    const headersOut = { 'Upload-Offset': String(upload.bytes.length) }
    return new Response(null, { status: init.method === 'HEAD' ? 200 : 204, headers: headersOut })
  }

  private createUpload(headers: Record<string, string>): Response {
    const url = `/api/blobs/${this.uploads.length}`
    const size = Number(headers['Upload-Length'])
    this.uploads.push({ url, size, metadata: headers['Upload-Metadata'] ?? '', bytes: [] })
    return new Response(null, { status: 201, headers: { Location: `https://other${url}` } })
  }
}

export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(value), { status, headers })
}

export function refusal(status: number, error: string, headers: Record<string, string> = {}) {
  return json({ error }, status, headers)
}

async function bodyText(body: RequestInit['body']): Promise<string> {
  if (typeof body === 'string') return body
  return gunzipSync(new Uint8Array(body as ArrayBuffer)).toString()
}

function hang(signal: AbortSignal | null | undefined): Promise<Response> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(new DOMException('late', 'AbortError')))
  })
}
