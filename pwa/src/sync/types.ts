/** What the screens know of the sync: the snapshot they render and the calls they make. */
import type { Host } from './host.ts'
import type { KnownOutage, SyncReply } from './protocol.ts'

/** Cell path -> value; the fields are in docs/sync.md. */
export type Cells = Record<string, unknown>

/** Record key (`job/<id>`) -> cells. */
export type Rows = ReadonlyMap<string, Cells>

/** Where one mutation stands; the words on the screen are i18n `state.*`. */
export type ItemState =
  | 'local'
  | 'sending'
  | 'received'
  | 'office_late'
  | 'done'
  | 'retry'
  | 'conflict'
  | 'rejected'
  | 'held'
  | 'parked'
  | 'abandoned'

/** One mutation as the technician sees it; `bytes` counts its photos. */
export interface Item {
  id: string
  kind: string
  key: string
  args: Record<string, unknown>
  madeAt: number
  state: ItemState
  attempts: number
  retryAt?: number
  reason?: string
  blobs: string[]
  blobsWaiting: number
  bytes: number
}

/** Two values of one cell that a human must choose between. */
export interface ConflictView {
  id: string
  key: string
  path: string
  base: unknown
  mine: unknown
  theirs: unknown
  author: string
  otherAuthor: string
  madeAt: number
  otherAt: number
  soft: boolean
  /** Whether his own value is his to keep, or only the office's to give back. */
  mayKeep: boolean
  /** His choice that is on its way (`mine`, `theirs`), `office` once he left it to the office. */
  chosen: string
}

/** What the server last said of this phone's session. */
export type Link = 'active' | 'expired' | 'revoked' | 'unknown'

export type Drain =
  | { state: 'idle' }
  | { state: 'sending'; done: number; of: number }
  | { state: 'waiting'; until: number }

/** Everything the screens render; a new object whenever something changed. */
export interface Snapshot {
  technician: string
  name: string
  device: string
  /** Pulled rows + replay of what they do not contain yet. */
  rows: Rows
  /** Rows that left the scope but still hold local work (shown grey). */
  removed: Rows
  /** Oldest first; everything not yet filed, plus what was filed or abandoned today. */
  items: readonly Item[]
  conflicts: readonly ConflictView[]
  /** The known outages of his visits' places, as of the last pull. */
  outages: readonly KnownOutage[]
  /** Server time of the last pull that arrived. */
  pulledAt: number | null
  lastContactAt: number | null
  link: Link
  drain: Drain
  /** The last request got an answer. */
  reachable: boolean
  storage: 'ok' | 'failing'
  /** True when this profile held work once and its database came back empty. */
  evicted: boolean
  /** The server's receipts are late: ERPNext is slow or away. */
  fileLate: boolean
  /** Server clock minus device clock, ms, last measured. */
  clockOffset: number
  /** Bytes of what the server has taken and this phone still keeps, photos included. */
  keptBytes: number
  /** To keep that within its bound, something went before it was filed and backed up. */
  letGo: boolean
}

/** An intention of the technician, not yet kept. */
export interface Draft {
  kind: string
  key: string
  args: Record<string, unknown>
  deps?: string[]
  blobs?: Blob[]
}

export interface Replica {
  /** The same object until something changed. */
  snapshot(): Snapshot
  subscribe(listener: () => void): () => void
  /** Resolves with the mutation id once durable on the phone; rejects if it could not be kept. */
  capture(draft: Draft): Promise<string>
  retry(id: string): Promise<void>
  /** Only `local`, `rejected`, `parked`, `retry`; what may have been sent is compensated instead. */
  abandon(id: string, reason: string): Promise<void>
  syncNow(): Promise<void>
  /** A visit is on the screen: the office is told, unless it knows. */
  see(key: string): void
  exportItems(): Promise<Blob>
  close(): void
}

export interface ReplicaOptions {
  technician: string
  name: string
  device: string
  seed?: SyncReply
  fetch?: typeof fetch
  now?: () => number
  indexedDB?: IDBFactory
  random?: () => Uint8Array
  /** Everything else of the browser that a test or a simulation brings itself. */
  host?: Partial<Host>
}
