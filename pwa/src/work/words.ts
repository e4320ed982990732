/** The words of these gestures: they come with them, not with the day, and a language at a time. */
import type { Lang } from '../i18n/translator.ts'
import { useUi } from '../tech/ui.ts'
import type { fr } from './fr.ts'

export type WorkWords = typeof fr

const WORDS: Readonly<Record<Lang, () => Promise<WorkWords>>> = {
  fr: async () => (await import('./fr.ts')).fr,
  en: async () => (await import('./en.ts')).en,
}
const learned = new Map<Lang, WorkWords>()

/** Rejects where the words of that language are neither kept nor within reach. */
export async function learn(lang: Lang): Promise<void> {
  learned.set(lang, await WORDS[lang]())
}

/** Only once they are here: the app shows nothing of a gesture before. */
export function wordsOf(lang: Lang): WorkWords {
  const words = learned.get(lang)
  if (!words) throw new Error(`no words: ${lang}`)
  return words
}

/** Only below the app. */
export function useWords(): WorkWords {
  return wordsOf(useUi().t.lang)
}
