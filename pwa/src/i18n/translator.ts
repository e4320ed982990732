/** Turns a key and its values into the words of one language; the twin of `backend/tech/words.py`. */
import type { Key, Plural, Words } from './fr.ts'

export type Lang = 'fr' | 'en'
export type Values = Readonly<Record<string, string | number>>
export type { Key, Words } from './fr.ts'

export interface Translator {
  readonly lang: Lang
  /** The text of a key; `n` in values chooses between singular and plural. */
  (key: Key, values?: Values): string
  /** Whether the vocabulary has a key of that name. */
  has(key: string): key is Key
}

export function translatorOf(lang: Lang, words: Words): Translator {
  const plurals = new Intl.PluralRules(`${lang}-CA`)
  const translate = (key: Key, values: Values = {}): string => {
    const entry: string | Plural = words[key]
    const text = typeof entry === 'string' ? entry : form(entry, plurals, Number(values.n))
    return fill(text, values)
  }
  const has = (key: string): key is Key => Object.hasOwn(words, key)
  return Object.assign(translate, { lang, has })
}

/** The text of `prefix.code` when the vocabulary knows the code, else the fallback. */
export function named(t: Translator, prefix: string, code: string, fallback = code): string {
  const key = `${prefix}.${code}`
  return t.has(key) ? t(key) : fallback
}

// French says "1 000 000 d'envois" (form `many`); no count here gets near, so it reads as `other`.
function form(plural: Plural, rules: Intl.PluralRules, n: number): string {
  return rules.select(n) === 'one' ? plural.one : plural.other
}

/** A text with its holes filled. */
export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole))
}
