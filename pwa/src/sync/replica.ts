/** The replica: pulled rows, verdicts and receipts, put in place in one transaction a reply. */
import { type Entry, isOpen, isStamped, isWaiting } from './entry.ts'
import { type Holding, type LetGo, releasable } from './keeping.ts'
import { type Blobbed, type Identity, lineOf, readEntries, readIdentity } from './outbox.ts'
import type { Conflict, KnownOutage, SyncReply } from './protocol.ts'
import { applyRows, readCursor, readPull } from './rows.ts'
import { ALL_STORES, asked, readAll, readOne, type Store } from './store.ts'
import type { Cells, Link } from './types.ts'

/** Where the pulled rows stand; `at` is the server's time of that reply. */
export interface Pull {
  cursor: string
  sequence: number
  epoch: string
  at: number
  backedUp: number
  /** Absent where the first versions kept it. */
  outages?: KnownOutage[]
}

/** What was measured at the last answer: server minus device clock, and when. */
export interface Contact {
  at: number
  offset: number
}

/** Everything that is kept, as the view needs it. */
export interface Kept {
  identity: Identity
  pull: Pull | null
  link: Link
  contact: Contact | null
  rows: Map<string, Cells>
  removed: Map<string, Cells>
  conflicts: Conflict[]
  entries: Entry[]
  blobs: ReadonlyMap<string, Blobbed>
  /** The photos whose bytes are here. */
  held: ReadonlySet<string>
  letGo: LetGo | null
}

/** A reply, with what the request said when it was asked. */
export interface Answered {
  reply: SyncReply
  cursor: string
  line: string
  /** Device clock, UTC ms, and the offset measured on this round trip. */
  now: number
  offset: number
}

export async function load(store: Store): Promise<Kept> {
  return store.read(ALL_STORES, async (tx) => ({
    identity: await readIdentity(tx),
    pull: (await readPull(tx)) ?? null,
    link: (await readOne<Link>(tx, 'meta', 'link')) ?? 'unknown',
    contact: (await readOne<Contact>(tx, 'meta', 'contact')) ?? null,
    rows: await readAll<Cells>(tx, 'rows'),
    removed: await readAll<Cells>(tx, 'removed'),
    conflicts: [...(await readAll<Conflict>(tx, 'conflicts')).values()],
    entries: await readEntries(tx),
    ...(await readPhotos(tx)),
    letGo: (await readOne<LetGo>(tx, 'meta', 'let_go')) ?? null,
  }))
}

export async function nextCursor(store: Store): Promise<string> {
  return store.read(['meta'], readCursor)
}

/**
 * Put one reply in place: all of it, or on any failure nothing. One to another cursor than the one
 * that stands came late, another tab was faster: its verdicts are for ever, its news is older.
 */
export async function apply(store: Store, answered: Answered): Promise<void> {
  const { reply, now, offset } = answered
  await store.write(ALL_STORES, async (tx) => {
    const identity = await readIdentity(tx)
    const entries = new Map((await readEntries(tx)).map((entry) => [entry.id, entry]))
    const changed = new Set<Entry>()
    const isNews = answered.cursor === (await readCursor(tx))
    takeVerdicts(reply, entries, changed, now)
    if (isNews) takeNews(reply, entries, changed, now)
    const known = new Set((reply.verdicts ?? []).map(([id]) => id))
    if (hasForgotten(identity, answered)) forget(entries, changed, (entry) => !known.has(entry.id))
    if (answered.line === lineOf(identity)) renumber(identity, reply, entries, changed, known)
    identity.server = reply.changes.epoch
    for (const entry of changed) await asked(tx.objectStore('outbox').put(entry))
    const meta = tx.objectStore('meta')
    await asked(meta.put(identity, 'identity'))
    await asked(meta.put('active', 'link'))
    await asked(meta.put({ at: now, offset }, 'contact'))
    const held = new Set([...entries.values()].filter(isOpen).map((entry) => entry.intent.key))
    if (isNews) await applyRows(tx, reply, held)
    await resendPhotos(tx, [...changed].filter(isWaiting))
    await release(tx, [...entries.values()], reply.backed_up ?? 0, now)
  })
}

/**
 * Take the snapshot that came with the page on a phone that has none yet. One that has goes on
 * from its own cursor, and one that holds work asks for a snapshot anew: the page brings no
 * receipts, and moving past them would lose them. Nothing stays of a snapshot that was still
 * arriving: over one, the page's would look like that of a server that has forgotten. A page that
 * is newer than the last contact also says that the session stands: one from a cache does not.
 */
export async function plant(store: Store, seed: SyncReply, now: number): Promise<void> {
  const { pull, held } = await store.write(['meta', 'outbox'], async (tx) => {
    const pull = await readPull(tx)
    if (!pull) await asked(tx.objectStore('meta').delete('stage'))
    return { pull, held: await asked(tx.objectStore('outbox').count()) }
  })
  if (pull) return seed.now > pull.at ? setLink(store, 'active') : undefined
  const from = held ? { cursor: '' } : {}
  const changes = { ...seed.changes, ...from, reset: true, more: false }
  const reply = { ...seed, changes }
  await apply(store, { reply, cursor: '', line: '', now, offset: seed.now - now })
}

/** What there is when nothing can be read. */
export function emptyKept(device: string): Kept {
  return {
    identity: { device, epoch: 1, nextSeq: 1, server: '' },
    pull: null,
    link: 'unknown',
    contact: null,
    rows: new Map(),
    removed: new Map(),
    conflicts: [],
    entries: [],
    blobs: new Map(),
    held: new Set(),
    letGo: null,
  }
}

/** Take the identity of this phone; another device begins a new numbering, keeping ids. */
export async function adopt(store: Store, device: string, epoch: number): Promise<void> {
  await store.write(
    ['meta'],
    async (tx) => {
      const identity = await readIdentity(tx)
      if (identity.device === device) return
      const fresh: Identity = { ...identity, device, epoch, nextSeq: 1 }
      await asked(tx.objectStore('meta').put(fresh, 'identity'))
    },
    'strict',
  )
}

/** What the server says of the session; a revoked link takes the rows, never the outbox. */
export async function setLink(store: Store, link: Link): Promise<void> {
  await store.write(ALL_STORES, async (tx) => {
    await asked(tx.objectStore('meta').put(link, 'link'))
    if (link !== 'revoked') return
    for (const name of ['rows', 'stage', 'removed', 'conflicts'] as const)
      await asked(tx.objectStore(name).clear())
    for (const key of ['pull', 'stage']) await asked(tx.objectStore('meta').delete(key))
  })
}

type Entries = Map<string, Entry>

function takeVerdicts(reply: SyncReply, entries: Entries, changed: Set<Entry>, now: number): void {
  for (const [id, outcome, detail] of reply.verdicts ?? []) {
    const entry = entries.get(id)
    if (!entry || !isWaiting(entry)) continue
    entry.verdict = { outcome, at: now, detail }
    changed.add(entry)
  }
}

function takeNews(reply: SyncReply, entries: Entries, changed: Set<Entry>, now: number): void {
  takeReceipts(reply, entries, changed, now)
  takeDecisions(reply, entries, changed, now)
}

function takeReceipts(reply: SyncReply, entries: Entries, changed: Set<Entry>, now: number): void {
  for (const [id, fate, detail] of reply.receipts ?? []) {
    const entry = entries.get(id)
    if (!entry) continue
    entry.receipt = { fate, detail, at: now }
    changed.add(entry)
  }
}

/** What the mutations hear that a conflict was about: it is over, or it is open again. */
function takeDecisions(reply: SyncReply, entries: Entries, changed: Set<Entry>, now: number): void {
  for (const { id, mutation, choice = '', closed_at } of reply.conflicts ?? []) {
    for (const entry of entries.values()) {
      if (entry.id !== mutation && entry.verdict?.detail.conflict !== id) continue
      if (closed_at) entry.settled = { choice, at: now }
      else delete entry.settled
      changed.add(entry)
    }
  }
}

/**
 * A server of another epoch was restored from a backup; one that cannot go on from our cursor had
 * its disk rolled back, or it is very old: it may not know what it once did.
 */
function hasForgotten(identity: Identity, { reply, cursor }: Answered): boolean {
  const { epoch, reset = false } = reply.changes
  return (identity.server !== '' && identity.server !== epoch) || (reset && cursor !== '')
}

/** Send these again as they were; a server that knows them gives the stored verdict. */
function forget(entries: Entries, changed: Set<Entry>, which: (entry: Entry) => boolean): void {
  for (const entry of entries.values()) {
    if (!entry.verdict || entry.abandoned || !which(entry)) continue
    delete entry.verdict
    changed.add(entry)
  }
}

/**
 * Answer a refusal. A gap: the server lacks what came from `expect` on, so that goes again with
 * its numbers; when some of it is here no longer, and after a fork, a new epoch numbers afresh.
 */
function renumber(
  identity: Identity,
  reply: SyncReply,
  entries: Entries,
  changed: Set<Entry>,
  known: ReadonlySet<string>,
): void {
  if (!reply.refusal) return
  const line = lineOf(identity)
  const expect = reply.expect ?? 0
  const isMissing = (entry: Entry): boolean =>
    isStamped(entry, line) && (entry.seq ?? 0) >= expect && !known.has(entry.id)
  if (reply.refusal === 'gap') forget(entries, changed, isMissing)
  const lowest = Math.min(
    ...[...entries.values()].filter((e) => isMissing(e) && isWaiting(e)).map((e) => e.seq ?? 0),
  )
  if (reply.refusal === 'gap' && lowest === expect) return
  identity.epoch += 1
  identity.nextSeq = 1
}

async function resendPhotos(tx: IDBTransaction, waiting: Entry[]): Promise<void> {
  for (const sha of waiting.flatMap((entry) => entry.intent.blobs ?? [])) {
    const blob = await readOne<Blobbed>(tx, 'blobs', sha)
    if (blob?.state !== 'sent') continue
    await asked(tx.objectStore('blobs').put({ ...blob, state: 'waiting', offset: 0 }, sha))
  }
}

async function release(
  tx: IDBTransaction,
  entries: Entry[],
  backedUp: number,
  now: number,
): Promise<void> {
  const { early, ...leaving } = releasable({ entries, ...(await readPhotos(tx)) }, backedUp, now)
  for (const { n } of leaving.entries)
    if (n !== undefined) await asked(tx.objectStore('outbox').delete(n))
  for (const name of ['bytes', 'blobs'] as const)
    for (const sha of leaving[name]) await asked(tx.objectStore(name).delete(sha))
  if (early === null) return
  const letGo: LetGo = { at: now, sequence: early }
  await asked(tx.objectStore('meta').put(letGo, 'let_go'))
}

async function readPhotos(tx: IDBTransaction): Promise<Pick<Holding, 'blobs' | 'held'>> {
  const held = await asked(tx.objectStore('bytes').getAllKeys())
  return { blobs: await readAll<Blobbed>(tx, 'blobs'), held: new Set(held.map(String)) }
}
