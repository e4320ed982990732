/** Finds what a check of a visit needs in what the phone holds. */
import type { Snapshot } from '../sync/types.ts'
import { referred, text } from '../tech/cells.ts'
import type { VerifyProps } from '../tech/with-verify.tsx'
import type { Line } from '../verdict/index.ts'
import { type Trial, trialsOf } from './view.ts'

type Held = Pick<Snapshot, 'rows' | 'removed' | 'items'>

/** The checks of the visit `jobKey`, the newest last; none of a visit that is not here. */
export function trialsIn(held: Held, jobKey: string): Trial[] {
  const job = held.rows.get(jobKey) ?? held.removed.get(jobKey) ?? {}
  return trialsOf(job, held.items, placeOf(held, jobKey))
}

/** By what the light of that visit is judged. */
export function placeOf({ rows, removed }: Held, jobKey: string): Line {
  const job = rows.get(jobKey) ?? removed.get(jobKey) ?? {}
  const plan = text(referred(rows, job, 'subscription'), 'plan')
  return { plan, olt: text(referred(rows, job, 'location'), 'olt') }
}

/** Whether its line may be checked now: a visit that is his, and not one of the coming days. */
export function isOpen({ jobKey, snapshot, today }: VerifyProps): boolean {
  const job = snapshot.rows.get(jobKey)
  return !!job && text(job, 'date') <= today
}
