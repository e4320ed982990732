/** Values, windows and ages as they are read on the screen. */
import { moment } from '../i18n/format.ts'
import { fill, type Lang, type Translator } from '../i18n/translator.ts'
import { power, reasonText, stateText, story } from '../verdict/index.ts'
import { type Found, lights, type Shown, type Trial } from './view.ts'
import { wordsOf } from './words.ts'

const NBSP = '\u00a0'
const MINUTE_MS = 60_000
const UNITS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [MINUTE_MS, 'minute'],
] as const
/** From which on the instant of a reading is told beside that of the wish. */
const LATE_MS = 2 * MINUTE_MS

const SIGNS: Readonly<Record<Shown, readonly [sign: string, tone: string]>> = {
  pass: ['ok', 'ok'],
  warning: ['alert', 'pending'],
  fail: ['cross', 'error'],
  unverified: ['help', 'soft'],
  waiting: ['device', 'pending'],
  asked: ['clock', 'pending'],
  running: ['clock', 'pending'],
}

export function signOf(shown: Shown): string {
  return SIGNS[shown][0]
}

export function toneOf(shown: Shown): string {
  return SIGNS[shown][1]
}

export function wordOf(shown: Shown, lang: Lang): string {
  const words: Partial<Record<Shown, string>> = wordsOf(lang)
  return words[shown] ?? stateText(shown, lang)
}

/** "−21,4 dBm", "1000 Mbps", "TPLG1A2B3C4D"; "" for none. */
export function amount({ value, unit }: Pick<Found, 'value' | 'unit'>, lang: Lang): string {
  if (value === null) return ''
  const text = typeof value === 'string' ? value : numeral(value, unit, lang)
  return [text, unit].filter(Boolean).join(NBSP)
}

/** "−27 à −8", "au moins 1000"; "" where there is no limit. */
export function windowOf({ low, high }: Pick<Found, 'low' | 'high'>, lang: Lang): string {
  const words = wordsOf(lang)
  if (low === null) return ''
  const [least, most] = [low, high ?? 0].map((each) => numeral(each, '', lang))
  return fill(high === null ? words.at_least : words.window, {
    low: least ?? '',
    high: most ?? '',
  })
}

/** "il y a 3 min" of an instant, by the one clock of the server. */
export function ageOf(at: number, now: number, lang: Lang): string {
  const ago = new Intl.RelativeTimeFormat(`${lang}-CA`, { style: 'short', numeric: 'auto' })
  const gone = Math.max(0, now - at)
  const [ms, unit] = UNITS.find(([length]) => gone >= length) ?? [1000, 'second']
  const count = unit === 'second' ? 0 : -Math.floor(gone / ms)
  return ago.format(count, unit).replaceAll(' ', NBSP)
}

/** When the line was looked at, where that is not when it was asked for. */
export function whenOf(trial: Trial, t: Translator, zone: string, today: string): string {
  const { measuredAt, askedAt } = trial
  const words = wordsOf(t.lang)
  const asked = moment(t, zone, askedAt, today)
  if (!measuredAt || Math.abs(measuredAt - askedAt) <= LATE_MS)
    return fill(words.asked_at, { asked })
  return fill(words.measured, { asked, time: moment(t, zone, measuredAt, today) })
}

/** "−28,1 → −22,4"; "" of fewer than two readings. */
export function storyOf(trials: readonly Trial[], lang: Lang): string {
  const told = lights(trials)
  return told.length > 1 ? `${story(told, lang)}${NBSP}dBm` : ''
}

/** Why a line ended so; "" where all is well. */
export function whyOf({ state, reason }: Pick<Found, 'state' | 'reason'>, lang: Lang): string {
  return state === 'pass' || !reason ? '' : reasonText(reason, lang)
}

/** A text as it begins a line. */
export function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

function numeral(value: number, unit: string, lang: Lang): string {
  if (unit === 'dBm') return power(value, lang)
  // Spaced by thousands, and with a true minus: "1 000".
  return new Intl.NumberFormat(`${lang}-CA`).format(value).replace('-', '−')
}
