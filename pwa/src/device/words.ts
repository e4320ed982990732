/** The words about the phone: they come with this chunk, a language at a time. */
import type { Lang } from '../i18n/translator.ts'
import { useUi } from '../tech/ui.ts'
import type { fr } from './fr.ts'

export type DeviceWords = typeof fr

const WORDS: Readonly<Record<Lang, () => Promise<DeviceWords>>> = {
  fr: async () => (await import('./fr.ts')).fr,
  en: async () => (await import('./en.ts')).en,
}
const learned = new Map<Lang, DeviceWords>()

/** Rejects where the words of that language are neither kept nor within reach. */
export async function learn(lang: Lang): Promise<void> {
  learned.set(lang, await WORDS[lang]())
}

/** Only below the app, which shows nothing of this chunk before its words are here. */
export function useWords(): DeviceWords {
  const { lang } = useUi().t
  const words = learned.get(lang)
  if (!words) throw new Error(`no words: ${lang}`)
  return words
}
