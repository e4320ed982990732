/** Decides what this phone still keeps of what the server has taken, and what may go. */
import { type Entry, endedAt, isWaiting } from './entry.ts'
import type { Blobbed } from './outbox.ts'

/** For acknowledged mutations and sent photos, kept against a server that forgets (docs/sync.md). */
export const KEPT_BYTES = 5_000_000
const ABANDONED_DAYS = 30
const DAY_MS = 86_400_000

/** What there is: mutations as they were captured, photos, and those whose bytes are still here. */
export interface Holding {
  entries: readonly Entry[]
  blobs: ReadonlyMap<string, Blobbed>
  held: ReadonlySet<string>
}

export interface Leaving {
  entries: Entry[]
  /** Photos whose bytes go, and those that no mutation names any more. */
  bytes: string[]
  blobs: string[]
  /** How far in the feed something of it was not yet filed and backed up; null: all of it was. */
  early: number | null
}

/** What went before it was filed and backed up: when (device clock, UTC ms), how far in the feed. */
export interface LetGo {
  at: number
  sequence: number
}

/** Bytes of what the bound counts: acknowledged mutations, photos that were sent. */
export function keptBytes(holding: Holding): number {
  const texts = holding.entries.filter((entry) => entry.verdict)
  return total(texts, textBytes) + total(sentPhotos(holding), photoBytes)
}

/**
 * What may go. Mutations that ended and were backed up on a former day, or were given up long ago,
 * with their photos; above the bound the bytes of the oldest sent photos, then the oldest
 * acknowledged mutations; and bytes that nothing names. What waits for a photo to be sent stays.
 */
export function releasable(holding: Holding, backedUp: number, now: number): Leaving {
  const settled = holding.entries.filter((entry) => !waitsForPhoto(holding, entry))
  const over = new Set(settled.filter((entry) => isOver(entry, backedUp, now)))
  const rest = { ...holding, entries: holding.entries.filter((entry) => !over.has(entry)) }
  const excess = keptBytes(rest) - KEPT_BYTES
  const photos = oldest(sentPhotos(rest), photoBytes, excess)
  const texts = settled.filter((entry) => entry.verdict && !over.has(entry))
  const cut = oldest(texts, textBytes, excess - total(photos, photoBytes))
  const bytes = photos.map((blob) => blob.sha)
  const entries = [...over, ...cut]
  const unsafe = [...cut, ...rest.entries.filter((entry) => namesOneOf(entry, bytes))]
  return { entries, ...unnamed(holding, entries, bytes), early: reach(unsafe, backedUp) }
}

/** Whether what went early has still to be said: on its day, and until a backup holds it. */
export function isTold(letGo: LetGo | null, backedUp: number, now: number): boolean {
  return letGo !== null && (letGo.sequence > backedUp || isSameDay(letGo.at, now))
}

/** Whether two instants fall on the same day of this device's zone. */
export function isSameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString()
}

function waitsForPhoto({ blobs }: Holding, entry: Entry): boolean {
  return !entry.abandoned && photosOf(entry).some((sha) => blobs.get(sha)?.state === 'waiting')
}

function isOver(entry: Entry, backedUp: number, now: number): boolean {
  if (entry.abandoned) return now - entry.abandoned.at > ABANDONED_DAYS * DAY_MS
  const ended = endedAt(entry)
  return ended !== null && !isSameDay(ended, now) && isSafe(entry, backedUp)
}

/** Whether the office has it and a backup holds it, or nobody wants it any more. */
function isSafe(entry: Entry, backedUp: number): boolean {
  if (entry.abandoned) return true
  return endedAt(entry) !== null && entry.verdict !== undefined && sequenceOf(entry) <= backedUp
}

/** The sent photos whose bytes are here and that a mutation names, oldest first. */
function sentPhotos({ entries, blobs, held }: Holding): Blobbed[] {
  const named = [...new Set(entries.flatMap(photosOf))].map((sha) => blobs.get(sha))
  return named.filter((blob): blob is Blobbed => blob?.state === 'sent' && held.has(blob.sha))
}

/** The first of a list, as many as make up `excess` bytes. */
function oldest<T>(list: readonly T[], bytesOf: (one: T) => number, excess: number): T[] {
  const gone: T[] = []
  let left = excess
  for (const one of list) {
    if (left <= 0) break
    left -= bytesOf(one)
    gone.push(one)
  }
  return gone
}

/** The bytes that go, and the photos forgotten altogether, once `gone` has left. */
function unnamed(
  { entries, blobs, held }: Holding,
  gone: readonly Entry[],
  bytes: readonly string[],
): Pick<Leaving, 'bytes' | 'blobs'> {
  const left = entries.filter((entry) => !gone.includes(entry))
  // A row that could not be read this once may be the one that names them.
  if (left.some(isUnsure)) return { bytes: [...bytes], blobs: [] }
  const named = new Set(left.flatMap(photosOf))
  const orphans = [...held].filter((sha) => !named.has(sha))
  return {
    bytes: [...bytes, ...orphans],
    blobs: [...blobs.keys()].filter((sha) => !named.has(sha)),
  }
}

function isUnsure(entry: Entry): boolean {
  return entry.intent.kind === 'void' && isWaiting(entry)
}

function reach(entries: readonly Entry[], backedUp: number): number | null {
  const unsafe = entries.filter((entry) => !isSafe(entry, backedUp))
  return unsafe.length ? Math.max(...unsafe.map(sequenceOf)) : null
}

function namesOneOf(entry: Entry, photos: readonly string[]): boolean {
  return photosOf(entry).some((sha) => photos.includes(sha))
}

function photosOf({ intent }: Entry): string[] {
  return intent.blobs ?? []
}

function sequenceOf({ verdict }: Entry): number {
  return verdict?.detail.sequence ?? 0
}

function textBytes({ wire }: Entry): number {
  return wire?.length ?? 0
}

function photoBytes({ size }: Blobbed): number {
  return size
}

function total<T>(list: readonly T[], bytesOf: (one: T) => number): number {
  return list.reduce((sum, one) => sum + bytesOf(one), 0)
}
