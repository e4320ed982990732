/** Remembers on this phone the language that its technician chose. */
import type { Lang } from '../i18n/translator.ts'

const KEY = 'terrain-lang'

/** The language asked for in the address, else the remembered one, else that of the page. */
export function loadLang(search: string, storage: Pick<Storage, 'getItem'>, page: string): Lang {
  const asked = new URLSearchParams(search).get('lang') ?? remembered(storage) ?? page.slice(0, 2)
  return asked === 'en' ? 'en' : 'fr'
}

export function saveLang(storage: Pick<Storage, 'setItem'>, lang: Lang): void {
  try {
    storage.setItem(KEY, lang)
  } catch {
    // A closed storage only means that French comes back at the next start.
  }
}

function remembered(storage: Pick<Storage, 'getItem'>): string | null {
  try {
    return storage.getItem(KEY)
  } catch {
    return null
  }
}
