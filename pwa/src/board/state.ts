/** What the server says the board shows; the twin of `backend/board/today/state.py`. Instants in UTC ms. */
import type { JobStatus } from '../sync/job-status.ts'

export interface Office {
  state: 'ok' | 'late' | 'unknown'
  since: number | null
  /** When ERPNext went away, null while it answers. */
  awaySince: number | null
  checkedAt: number | null
  /** Mutations that ERPNext must still get. */
  queued: number
  /** Documents set aside for a human. */
  parked: number
}

/** This server's backups: when the last good one began, since when they fail. */
export interface BackupsTile {
  state: 'off' | 'none' | 'ok' | 'stale'
  takenAt: number | null
  failingSince: number | null
}

/** How full the server's disk is, whole percents; `isFilling`: somebody is told. */
export interface DiskTile {
  percent: number
  isFilling: boolean
}

export interface Tiles {
  conflicts: number
  refused: number
  refusedDays: number
  oldest: { technician: string; at: number } | null
  office: Office
  backups: BackupsTile
  disk: DiskTile
}

export type LinkState = 'active' | 'tonight' | 'expired' | 'revoked' | 'none'

export interface DeviceLine {
  technician: string
  name: string
  /** "" for a technician without a phone. */
  device: string
  app: string
  seenAt: number | null
  pending: number
  oldestAt: number | null
  photos: number
  photoBytes: number
  link: LinkState
  /** Its silence matters: visits remain today, or it holds work. */
  watched: boolean
}

export interface VisitStatus {
  value: JobStatus
  reason: string
  at: number
  /** null when the office itself set it. */
  receivedAt: number | null
  onFile: boolean
  /** It goes on file once the visit's evidence is complete. */
  held: boolean
}

export interface EquipmentLine {
  id: string
  serial: string
  action: string
  type: string
  replaces: string
  onFile: boolean
  source: string
  stage: string
}

export interface Visit {
  key: string
  technician: string
  name: string
  assistants: string[]
  window: { start: string; end: string }
  type: string
  client: string
  street: string
  town: string
  status: VisitStatus
  equipment: EquipmentLine[]
  toConfirm: number
  /** Announced or required, and of these whole on the server. */
  photos: number
  photosHere: number
  /** Fields that the office moved and that ERPNext has not. */
  unfiled: string[]
  movedAt: number | null
  /** The id of a known outage of its sector, '' for none. */
  outage: string
  /** The office made it here, and ERPNext has none of it yet. */
  madeHere: boolean
  /** Who had it on the screen since it was last moved. */
  seen: { by: string; at: number } | null
}

export interface ConflictLine {
  id: string
  key: string
  visit: string
  path: string
  base: unknown
  mine: unknown
  theirs: unknown
  author: string
  otherAuthor: string
  madeAt: number
  otherAt: number
  suggested: string
  askedAt: number
  /** The shape of a third value, '' when none may be given. */
  value: string
  photos: string[]
}

export interface RefusedLine {
  id: string
  key: string
  madeAt: number
  receivedAt: number
  technician: string
  visit: string
  kind: string
  about: string
  outcome: string
  reason: string
  args: Record<string, unknown>
  byPhone: boolean
}

export interface Proof {
  technician: string
  told: number
  filed: number
  refused: number
  firstAt: number
  lastAt: number
}

export interface HeldLine {
  id: string
  key: string
  visit: string
  technician: string
  madeAt: number
  missing: string[]
}

export interface RequestLine {
  id: string
  key: string
  visit: string
  technician: string
  what: string
  value: unknown
  text: string
  at: number
}

export interface DecidedLine {
  id: string
  key: string
  visit: string
  path: string
  choice: string
  by: string
  at: number
}

export interface OutageLine {
  id: string
  sector: string
  text: string
  since: number
  visits: number
}

export interface SourceLine {
  name: string
  breaker: string
  since: number | null
  error: string
}

/** What the ERPNext site lacks, or a note of what is worked around; `code` is a key of `check.what`. */
export interface CheckLine {
  level: string
  about: string
  code: string
  detail: string
}

export interface SiteCheck {
  checkedAt: number
  /** Only what is not well. */
  lines: CheckLine[]
}

export interface BoardState {
  now: number
  /** Where the feed stands: the base of what the office decides. */
  sequence: number
  /** Local date of `zone`. */
  today: string
  zone: string
  tiles: Tiles
  devices: DeviceLine[]
  visits: Visit[]
  conflicts: ConflictLine[]
  refused: RefusedLine[]
  /** null before the first check. */
  check: SiteCheck | null
  /** Which state of the visits this is; `gone` are keys of those that left since the one known. */
  version: string
  /** Whether `visits` are all of them, or only those that changed since the version known. */
  whole: boolean
  gone: string[]
  proofs: Proof[]
  held: HeldLine[]
  requests: RequestLine[]
  decided: DecidedLine[]
  outages: OutageLine[]
  sources: SourceLine[]
}
