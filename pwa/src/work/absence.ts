/** Decides what the screen of an absent customer knows: since when, and what was tried. */
import type { Lang } from '../i18n/translator.ts'
import type { Cells, Item, ItemState } from '../sync/types.ts'
import { dated, stateOf, type VisitView } from '../tech/visit.ts'

const HOWS = ['call', 'text', 'door'] as const

export type How = (typeof HOWS)[number]

export interface Attempt {
  id: string
  how: How
  /** UTC ms by the clock of the device that made it. */
  at: number
  state: ItemState | null
}

const MINUTE_MS = 60_000
const SECOND_MS = 1_000

export function attemptsOf(job: Cells, items: readonly Item[]): Attempt[] {
  return dated(job, 'attempts').flatMap(({ id, value, at }) => {
    const how = HOWS.find((name) => name === value.how)
    return how ? [{ id, how, at, state: stateOf(items, id) }] : []
  })
}

/** When the wait at the door began, UTC ms: the last arrival, else the first attempt, else null. */
export function waitingSince(view: VisitView, attempts: readonly Attempt[]): number | null {
  return view.history.findLast(({ to }) => to === 'on_site')?.at ?? attempts[0]?.at ?? null
}

/** "12:05", minutes and seconds between two instants. */
export function elapsed(since: number, now: number): string {
  const ms = Math.max(0, now - since)
  const seconds = Math.floor((ms % MINUTE_MS) / SECOND_MS)
  return `${Math.floor(ms / MINUTE_MS)}:${String(seconds).padStart(2, '0')}`
}

/** To the customer, in his own language. */
export const AT_THE_DOOR: Readonly<Record<Lang, string>> = {
  fr: 'Bonjour, votre technicien est à votre porte. Pouvez-vous lui ouvrir ou le rappeler\u00a0?',
  en: 'Hello, your technician is at your door. Could you open, or call back?',
}
