/** Decides the proof of a day: how many gestures it had, and which are not on file yet. */
import { dayIn } from '../i18n/format.ts'
import type { Item, Snapshot } from '../sync/types.ts'

export interface Proof {
  /** Gestures of the day that count: what was given up is none. */
  gestures: number
  filed: number
  /** The oldest first. */
  missing: Item[]
}

/** The gestures made on the local date `day`; a photo counts once its bytes have left too. */
export function proofOf({ items }: Pick<Snapshot, 'items'>, zone: string, day: string): Proof {
  const made = items.filter(
    ({ madeAt, state }) => state !== 'abandoned' && dayIn(zone, madeAt) === day,
  )
  const missing = made.filter(({ state, blobsWaiting }) => state !== 'done' || blobsWaiting > 0)
  return { gestures: made.length, filed: made.length - missing.length, missing }
}
