/** Decides what a customer is told of a technician who is on the way. */
import type { Lang } from '../i18n/translator.ts'
import type { Cells, Item, ItemState } from '../sync/types.ts'
import { dated, stateOf, type VisitView } from '../tech/visit.ts'

/** Minutes until the technician comes, as he guesses them. */
export const GUESSES = [10, 20, 30, 45] as const
const MINUTE_MS = 60_000

export interface Notice {
  /** UTC ms by the clock of the device. */
  at: number
  state: ItemState | null
}

/** The newest word to the customer since the technician last set out; undefined without one. */
export function noticeOf(view: VisitView, job: Cells, items: readonly Item[]): Notice | undefined {
  const left = view.history.findLast(({ to }) => to === 'en_route')?.at ?? 0
  const last = dated(job, 'notices').findLast(({ at }) => at >= left)
  return last && { at: last.at, state: stateOf(items, last.id) }
}

/** The text in the customer's language; the hour in the site's zone, none for 0 `minutes`. */
export function onTheWayText(
  lang: Lang,
  technician: string,
  minutes: number,
  now: number,
  zone: string,
): string {
  const [name = ''] = technician.split(' ')
  const told = TEXTS[lang](name)
  return minutes ? `${told} ${HOURS[lang]} ${hourOf(lang, now + minutes * MINUTE_MS, zone)}.` : told
}

const TEXTS: Readonly<Record<Lang, (name: string) => string>> = {
  fr: (name) => `Bonjour, ${name}, votre technicien, est en route vers votre adresse.`,
  en: (name) => `Hello, ${name}, your technician, is on the way to your address.`,
}
const HOURS: Readonly<Record<Lang, string>> = { fr: 'Arrivée prévue vers', en: 'Expected around' }

function hourOf(lang: Lang, at: number, timeZone: string): string {
  const format = { hour: 'numeric', minute: '2-digit', timeZone } as const
  return new Intl.DateTimeFormat(`${lang}-CA`, format).format(at)
}
