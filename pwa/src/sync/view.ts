/** What the screens see: pulled rows with what they do not contain yet, and every item's state. */
import { mayKeepMine } from './conflicts.ts'
import { effects, written } from './effects.ts'
import { type Entry, endedAt, type Flight, isContained, reasonOf, stateOf } from './entry.ts'
import { isSameDay, isTold, keptBytes } from './keeping.ts'
import type { Conflict } from './protocol.ts'
import type { Kept } from './replica.ts'
import type { Cells, ConflictView, Drain, Item, Snapshot } from './types.ts'

/** What only this page knows. */
export interface Live extends Flight {
  drain: Drain
  reachable: boolean
  storage: 'ok' | 'failing'
  evicted: boolean
  /** Visits that were on the screen. */
  seen: Set<string>
}

export interface Person {
  technician: string
  name: string
  device: string
}

export function buildSnapshot(kept: Kept, live: Live, person: Person, now: number): Snapshot {
  const items = kept.entries.filter((entry) => isShown(entry, now)).map(toItem(kept, live, now))
  return {
    ...person,
    rows: replayed(kept, kept.rows, person.name),
    removed: replayed(kept, kept.removed, person.name),
    items,
    conflicts: kept.conflicts.map((conflict) => toConflictView(kept, conflict)),
    outages: kept.pull?.outages ?? [],
    pulledAt: kept.pull?.at ?? null,
    lastContactAt: kept.contact?.at ?? null,
    link: kept.link,
    drain: live.drain,
    reachable: live.reachable,
    storage: live.storage,
    evicted: live.evicted,
    fileLate: items.some((item) => item.state === 'office_late'),
    clockOffset: kept.contact?.offset ?? 0,
    keptBytes: keptBytes(kept),
    letGo: isTold(kept.letGo, kept.pull?.backedUp ?? 0, now),
  }
}

/** The rows with every mutation replayed, in order of capture, that they do not contain. */
function replayed(kept: Kept, pulled: Map<string, Cells>, by: string): Map<string, Cells> {
  const rows = new Map(pulled)
  const sequence = kept.pull?.sequence ?? 0
  for (const { intent, ...entry } of kept.entries) {
    const row = rows.get(intent.key) ?? (intent.kind === 'create' ? {} : null)
    if (!row || isContained({ intent, ...entry }, sequence)) continue
    const effect = effects(intent, row, by)
    if ('writes' in effect) rows.set(intent.key, written(row, effect.writes))
  }
  return rows
}

function isShown(entry: Entry, now: number): boolean {
  const ended = endedAt(entry)
  return ended === null || isSameDay(ended, now)
}

function toItem(kept: Kept, live: Live, now: number): (entry: Entry) => Item {
  return (entry) => {
    const { id, intent, attempts } = entry
    const blobs = intent.blobs ?? []
    const state = isDisputed(kept, entry) ? 'conflict' : stateOf(entry, live, now)
    const reason = photoTrouble(kept, blobs) || reasonOf(entry, live)
    return {
      id,
      kind: entry.as ?? intent.kind,
      key: intent.key,
      args: intent.args ?? {},
      madeAt: intent.made_at,
      state,
      attempts,
      ...(state === 'retry' && live.retryAt !== null ? { retryAt: live.retryAt } : {}),
      ...(reason ? { reason } : {}),
      blobs,
      blobsWaiting: blobs.filter((sha) => isUnsent(kept, sha)).length,
      bytes: blobs.reduce((sum, sha) => sum + (kept.blobs.get(sha)?.size ?? 0), 0),
    }
  }
}

/** What was held back, and lost to the office meanwhile: its verdict cannot say so. */
function isDisputed({ conflicts }: Kept, entry: Entry): boolean {
  const held = entry.verdict?.outcome === 'held'
  return held && conflicts.some(({ mutation, soft }) => !soft && mutation === entry.id)
}

/** The code of a photo that will never arrive, or ''. */
function photoTrouble(kept: Kept, blobs: readonly string[]): string {
  const states = blobs.map((sha) => kept.blobs.get(sha)?.state)
  if (states.includes('lost')) return 'photo-lost'
  return states.includes('refused') ? 'photo-refused' : ''
}

function isUnsent(kept: Kept, sha: string): boolean {
  const blob = kept.blobs.get(sha)
  return blob !== undefined && blob.state !== 'sent'
}

function toConflictView(kept: Kept, conflict: Conflict): ConflictView {
  const { id, key, path, base, mine, theirs, author, soft = false } = conflict
  const { other_author: otherAuthor, made_at: madeAt, other_at: otherAt, asked_at = 0 } = conflict
  const values = { id, key, path, base, mine, theirs, author, otherAuthor, madeAt, otherAt, soft }
  const chosen = asked_at ? 'office' : chosenOf(kept, id)
  return { ...values, mayKeep: mayKeepMine(conflict), chosen }
}

/** The choice that is on its way, '' for none. */
function chosenOf({ entries }: Kept, id: string): string {
  const chosen = entries.findLast(({ intent, abandoned, verdict }) => {
    const standing = !abandoned && verdict?.outcome !== 'rejected'
    return intent.kind === 'resolve' && intent.args?.conflict === id && standing
  })
  return String(chosen?.intent.args?.choice ?? '')
}
