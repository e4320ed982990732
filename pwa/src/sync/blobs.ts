/** Uploads photos one by one by tus 1.0, going on where the server says it stands. */
import type { Host } from './host.ts'
import { sha256 } from './ids.ts'
import type { Blobbed } from './outbox.ts'
import { asked, readOne, type Store } from './store.ts'
import { type Refused, readRefusal, type Silent, withDeadline } from './transport.ts'

export const LARGEST_CHUNK = 128 * 1024
export const SMALLEST_CHUNK = 8 * 1024
const DEADLINE_MS = 15_000
const TUS = { 'Tus-Resumable': '1.0.0' }
/** Answers that no later try can change, when they are our server's own: a proxy has no code. */
const PERMANENT = new Set([400, 413, 415])

export type Upload = { kind: 'sent' } | { kind: 'given-up' } | Refused | Silent

/**
 * Upload one photo as far as it goes, in chunks of at most `chunk` bytes. The server is asked first:
 * what it has already is sent, even when its bytes have gone from this phone.
 */
export async function upload(
  host: Host,
  store: Store,
  blob: Blobbed,
  chunk: number,
): Promise<Upload> {
  const begun = await begin(host, store, blob)
  const at = isHalfway(begun) ? await sendRest(host, store, begun.blob, chunk) : begun
  if (at === null) return giveUp(store, blob, 'lost')
  if (at.kind === 'refused' && at.code && PERMANENT.has(at.status))
    return giveUp(store, blob, 'refused')
  if (at.kind !== 'at') return at
  await save(store, { ...at.blob, state: 'sent' })
  return { kind: 'sent' }
}

/** Let the other photos go first. */
export async function putBack(store: Store, sha: string): Promise<void> {
  await store.write(['blobs'], async (tx) => {
    const blob = await readOne<Blobbed>(tx, 'blobs', sha)
    if (blob) await asked(tx.objectStore('blobs').put({ ...blob, tries: blob.tries + 1 }, sha))
  })
}

type At = { kind: 'at'; blob: Blobbed }
type Step = At | Refused | Silent

function isHalfway(step: Step): step is At {
  return step.kind === 'at' && step.blob.offset < step.blob.size
}

/** Where the upload stands once it goes no further; null when its bytes are not here. */
async function sendRest(
  host: Host,
  store: Store,
  blob: Blobbed,
  chunk: number,
): Promise<Step | null> {
  const bytes = await readBytes(store, blob)
  if (!bytes) return null
  let at: Step = { kind: 'at', blob }
  while (isHalfway(at)) at = await sendChunk(host, store, at.blob, bytes, chunk)
  return at
}

/** The bytes, when they are still what was announced. */
async function readBytes(store: Store, blob: Blobbed): Promise<ArrayBuffer | null> {
  const bytes = await store.read(['bytes'], (tx) => readOne<ArrayBuffer>(tx, 'bytes', blob.sha))
  return bytes && (await sha256(bytes)) === blob.sha ? bytes : null
}

/** Where the server stands: asked of an upload already begun, else a new one is created. */
async function begin(host: Host, store: Store, blob: Blobbed): Promise<Step> {
  if (!blob.url) return create(host, store, blob)
  const step = await request(host, blob.url, { method: 'HEAD', headers: TUS }, (response) =>
    moved(blob, response),
  )
  return isGone(step) ? create(host, store, blob) : kept(store, step)
}

async function create(host: Host, store: Store, blob: Blobbed): Promise<Step> {
  const { sha, type, original = sha } = blob
  const metadata = `sha256 ${btoa(sha)},filetype ${btoa(type)},original ${btoa(original)}`
  const headers = { ...TUS, 'Upload-Length': String(blob.size), 'Upload-Metadata': metadata }
  const { url: _stale, ...fresh } = blob
  const step = await request(host, '/api/blobs', { method: 'POST', headers }, (response) => {
    const location = response.headers.get('Location')
    const created: Blobbed = location ? { ...fresh, url: pathOf(location) } : fresh
    return moved(created, response)
  })
  return kept(store, step)
}

async function sendChunk(
  host: Host,
  store: Store,
  blob: Blobbed,
  bytes: ArrayBuffer,
  chunk: number,
): Promise<Step> {
  const headers = {
    ...TUS,
    'Content-Type': 'application/offset+octet-stream',
    'Upload-Offset': String(blob.offset),
  }
  const body = bytes.slice(blob.offset, blob.offset + chunk)
  const init: RequestInit = { method: 'PATCH', headers, body }
  const step = await request(host, blob.url ?? '', init, (response) => moved(blob, response))
  const stuck = step.kind === 'at' && step.blob.offset <= blob.offset
  return stuck ? { kind: 'silent', timeout: false } : kept(store, step)
}

function request(
  host: Host,
  url: string,
  init: RequestInit,
  read: (response: Response) => Blobbed,
): Promise<Step> {
  return withDeadline(host, DEADLINE_MS, url, init, async (response): Promise<Step> => {
    if (!response.ok) return readRefusal(host.now(), response)
    return { kind: 'at', blob: read(response) }
  })
}

/** The blob at the offset that the server says. */
function moved(blob: Blobbed, response: Response): Blobbed {
  const offset = Number(response.headers.get('Upload-Offset') ?? 0)
  if (!Number.isInteger(offset) || offset < 0 || offset > blob.size) throw new Error('bad offset')
  return { ...blob, offset }
}

function isGone(step: Step): boolean {
  return step.kind === 'refused' && (step.status === 404 || step.status === 410)
}

async function kept(store: Store, step: Step): Promise<Step> {
  if (step.kind === 'at') await save(store, step.blob)
  return step
}

async function giveUp(store: Store, blob: Blobbed, state: 'lost' | 'refused'): Promise<Upload> {
  await save(store, { ...blob, state })
  return { kind: 'given-up' }
}

async function save(store: Store, blob: Blobbed): Promise<void> {
  await store.write(['blobs'], (tx) => asked(tx.objectStore('blobs').put(blob, blob.sha)))
}

// The proxy in front may know the server by another name: only the path counts.
function pathOf(location: string): string {
  const url = new URL(location, 'http://here')
  return url.pathname + url.search
}
