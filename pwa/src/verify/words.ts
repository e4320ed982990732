/** The words of a check's screen: they come with it, not with the day, and a language at a time. */
import type { Lang } from '../i18n/translator.ts'
import { learnVerdicts } from '../verdict/index.ts'
import type { CheckWords } from './fr.ts'

export type VerifyWords = CheckWords['own']

const WORDS: Readonly<Record<Lang, () => Promise<CheckWords>>> = {
  fr: async () => (await import('./fr.ts')).fr,
  en: async () => (await import('./en.ts')).en,
}
const learned = new Map<Lang, CheckWords>()

/** Rejects where the words of that language are neither kept nor within reach. */
export async function learn(lang: Lang): Promise<void> {
  const words = await WORDS[lang]()
  learnVerdicts(lang, words.verdict)
  learned.set(lang, words)
}

export function wordsOf(lang: Lang): VerifyWords {
  return all(lang).own
}

export function sourceWord(lang: Lang, name: string): string {
  return of(all(lang).sources, name)
}

export function endingWord(lang: Lang, state: string): string {
  return of(all(lang).endings, state)
}

export function stepWord(lang: Lang, name: string): string {
  return of(all(lang).steps, name)
}

// The app shows nothing of a check before its words are here (`tech/with-verify.tsx`).
function all(lang: Lang): CheckWords {
  const words = learned.get(lang)
  if (!words) throw new Error(`no words: ${lang}`)
  return words
}

function of(named: Readonly<Record<string, string>>, code: string): string {
  return Object.hasOwn(named, code) ? (named[code] ?? code) : code
}
