/** The story of a power that was measured again; the twin of `backend/cpe/verdict/story.py`. */
import type { Lang } from '../i18n/translator.ts'
import { stepText } from './words.ts'

/** A power; `step` names what was done since the one before. */
export interface Measured {
  dbm: number
  atMs: number
  step?: string
}

/** "−28,1 → −22,4 après nettoyage", in the order of the instants; "" of no reading. */
export function story(readings: readonly Measured[], lang: Lang): string {
  const ordered = [...readings].sort((one, other) => one.atMs - other.atMs)
  return ordered.map((each, i) => (i ? told(each, lang) : power(each.dbm, lang))).join(' → ')
}

function told({ dbm, step }: Measured, lang: Lang): string {
  return step ? `${power(dbm, lang)} ${stepText(step, lang)}` : power(dbm, lang)
}

/** One decimal, with a true minus and in French a comma. */
export function power(dbm: number, lang: Lang): string {
  const text = dbm.toFixed(1).replace('-', '−')
  return lang === 'fr' ? text.replace('.', ',') : text
}
