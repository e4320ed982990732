/**
 * Wire types of the sync protocol: twin of `sync/protocol.py`, which holds its history and its
 * rules of evolution. Instants are UTC milliseconds since the Unix epoch.
 */

export const PROTOCOL = 4
export const BATCH_MUTATIONS = 100
export const BATCH_BYTES = 64 * 1024

export type Kind =
  | 'status'
  | 'note'
  | 'check'
  | 'tag'
  | 'equipment'
  | 'correct'
  | 'create'
  | 'scan'
  | 'scan-read'
  | 'photo'
  | 'received'
  | 'signature'
  | 'attempt'
  | 'notice'
  | 'material'
  | 'verify'
  | 'verified'
  | 'accept'
  | 'edit'
  | 'request'
  | 'answer'
  | 'release'
  | 'resolve'
  | 'delete'
  | 'upstream'
  | 'void'
  | 'opaque'

export type Outcome =
  | 'applied'
  | 'merged'
  | 'noop'
  | 'superseded'
  | 'held'
  | 'conflict'
  | 'rejected'
  | 'parked'

export type Refusal = 'gap' | 'fork'

export type Fate = 'filed' | 'conflict' | 'refused' | 'held'

/** One immutable intention; `seq` is given when it is frozen for its first send. */
export interface Mutation {
  id: string
  seq: number
  kind: string
  key: string
  base: number
  made_at: number
  args?: Record<string, unknown>
  base_epoch?: string
  offset?: number
  deps?: string[]
  blobs?: string[]
}

/** The phone's heartbeat: what it still holds. */
export interface Pending {
  count: number
  oldest: number | null
  photos: number
  bytes: number
  /** Visits that were on the screen, until their cell `seen` is pulled. */
  seen: string[]
}

export interface SyncRequest {
  protocol: number
  device: string
  epoch: number
  app: string
  cursor: string
  mutations: Mutation[]
  pending: Pending
}

/** Changed cells of one record; `whole` replaces the row, else cells merge in; null is absent. */
export interface Put {
  key: string
  cells: Record<string, unknown>
  whole?: boolean
}

/** The delta since the request's cursor; `reset`: forget every pulled row first. */
export interface Changes {
  cursor: string
  sequence: number
  epoch: string
  more?: boolean
  reset?: boolean
  put?: Put[]
  remove?: string[]
  delete?: string[]
}

/** `sequence` is where the effect stands in the feed (0: none); `reason` is a stable code. */
export interface VerdictDetail {
  sequence?: number
  reason?: string
  conflict?: string
}

export interface Conflict {
  id: string
  key: string
  path: string
  base: unknown
  mine: unknown
  theirs: unknown
  mutation: string
  author: string
  other_author: string
  made_at: number
  other_at: number
  soft?: boolean
  suggested?: string
  /** When the technician left it to the office; how and when it ended (0 or absent: open). */
  asked_at?: number
  closed_at?: number
  closed_by?: string
  choice?: string
}

/** What is out at a place (`location/<id>`), since when (UTC ms), in the monitor's words. */
export interface KnownOutage {
  place: string
  since: number
  text?: string
}

export interface SyncReply {
  now: number
  changes: Changes
  verdicts?: [id: string, outcome: Outcome, detail: VerdictDetail][]
  refusal?: Refusal
  expect?: number
  receipts?: [id: string, fate: Fate, detail: string][]
  backed_up?: number
  conflicts?: Conflict[]
  /** All that last now, whatever the cursor. */
  outages?: KnownOutage[]
}
