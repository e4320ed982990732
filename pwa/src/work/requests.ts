/** Decides where what was asked of the office on a visit stands. */
import type { Cells, Item, ItemState } from '../sync/types.ts'
import { isRecord, text } from '../tech/cells.ts'
import { isRefused } from '../tech/item-state.ts'
import { dated, stateOf } from '../tech/visit.ts'

export type Standing = 'asked' | 'granted' | 'refused'

export interface Request {
  id: string
  standing: Standing
  /** UTC ms. */
  at: number
  /** Who answered, and in which words; "" before, or without any. */
  by: string
  answer: string
  /** Where the gesture itself stands. */
  state: ItemState | null
}

/** The newest request for `what` on a visit; undefined when there is none. */
export function requestOf(
  job: Cells,
  items: readonly Item[],
  what: 'activation' | 'rebooking',
): Request | undefined {
  const newest = dated(job, 'requests').findLast(({ value }) => value.what === what)
  if (!newest) return undefined
  const { id, value, at } = newest
  const answer = isRecord(value.answer) ? value.answer : {}
  return {
    id,
    standing: standingOf(value.state),
    at,
    by: text(answer, 'by'),
    answer: text(answer, 'text'),
    state: stateOf(items, id),
  }
}

/** Whether it can be asked (again): not while the office may still answer, nor once it granted. */
export function mayAsk(last: Request | undefined): boolean {
  return !last || last.standing === 'refused' || (last.state !== null && isRefused(last.state))
}

function standingOf(value: unknown): Standing {
  return value === 'granted' || value === 'refused' ? value : 'asked'
}
