/** Remembers on this phone the hours of each visit that its technician has read. */
import type { Rows } from '../sync/types.ts'
import { type Window, windowOf } from './day.ts'

export type Seen = Readonly<Record<string, Window>>

const KEY = 'terrain-seen'

/** What was seen before, and every visit met for the first time as it is now. */
export function withNew(seen: Seen, rows: Rows): Seen {
  const next: Record<string, Window> = {}
  let changed = false
  for (const [key, job] of rows) {
    if (!key.startsWith('job/')) continue
    next[key] = seen[key] ?? windowOf(job)
    changed ||= !seen[key]
  }
  return changed || Object.keys(seen).length !== Object.keys(next).length ? next : seen
}

export function loadSeen(storage: Pick<Storage, 'getItem'>): Seen {
  try {
    const kept: unknown = JSON.parse(storage.getItem(KEY) ?? '{}')
    return isSeen(kept) ? kept : {}
  } catch {
    // Storage that is closed to us, or text that is not ours: as if nothing had been seen.
    return {}
  }
}

export function saveSeen(storage: Pick<Storage, 'setItem'>, seen: Seen): void {
  try {
    storage.setItem(KEY, JSON.stringify(seen))
  } catch {
    // A full or closed storage only means that a banner shows once more.
  }
}

function isSeen(value: unknown): value is Seen {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((w) => typeof w?.start === 'string' && typeof w?.end === 'string')
  )
}
