/** Both languages at once, for who has room for them: the board and the tests. The phone has `spoken.ts`. */
import { en } from './en.ts'
import { fr } from './fr.ts'
import { type Lang, type Translator, translatorOf, type Words } from './translator.ts'

export { type Key, type Lang, named, type Translator } from './translator.ts'

export const LANGUAGES: Readonly<Record<Lang, Words>> = { fr, en }

export function translator(lang: Lang): Translator {
  return translatorOf(lang, LANGUAGES[lang])
}
