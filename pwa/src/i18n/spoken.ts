/**
 * The one language that the phone speaks: the other is a chunk apart, which the service worker
 * keeps ahead, so that switching needs no network either.
 */
import { type Lang, type Translator, translatorOf, type Words } from './translator.ts'

const WORDS: Readonly<Record<Lang, () => Promise<Words>>> = {
  fr: async () => (await import('./fr.ts')).fr,
  en: async () => (await import('./en.ts')).en,
}

/** Rejects where the words of that language are neither kept nor within reach. */
export async function speak(lang: Lang): Promise<Translator> {
  return translatorOf(lang, await WORDS[lang]())
}
