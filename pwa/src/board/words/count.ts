/** How many of a thing, in words. */
import type { Lang } from '../../i18n/translate.ts'

export const NBSP = '\u00a0'
const rules = { fr: new Intl.PluralRules('fr-CA'), en: new Intl.PluralRules('en-CA') }

/** "0 envoi", "2 envois" in French; "0 items", "1 item" in English. */
export function count(lang: Lang, n: number, one: string, other: string): string {
  return `${n}${NBSP}${rules[lang].select(n) === 'one' ? one : other}`
}
