/** A text to the customer through the phone's own app, whichever language this app speaks. */
import type { Lang } from '../i18n/translator.ts'
import type { Cells, Rows } from '../sync/types.ts'
import { referred, text } from '../tech/cells.ts'

/** The customer's language, French unless he asked for English. */
export function customerLang(rows: Rows, job: Cells): Lang {
  return text(referred(rows, job, 'contact'), 'language').startsWith('en') ? 'en' : 'fr'
}

/** The address of a text; iPhones want the `&`. */
export function textUrl(phone: string, body: string): string {
  return `sms:${phone}?&body=${encodeURIComponent(body)}`
}
