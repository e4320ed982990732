/** Dates, hours and sizes as they are written in Québec; the twin of `backend/tech/words.py`. */
import type { Key, Translator, Values } from './translator.ts'

const NBSP = '\u00a0'
const DAY_MS = 86_400_000

const CLOCK: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
const DAY: Intl.DateTimeFormatOptions = { year: 'numeric', month: '2-digit', day: '2-digit' }

/** "14:05" of the zone, for an instant in ms. */
export function clockIn(zone: string, at: number): string {
  return formatOf('en-GB', zone, CLOCK).format(at)
}

/** "2026-11-23" of the zone, for an instant in ms. */
export function dayIn(zone: string, at: number): string {
  return formatOf('en-CA', zone, DAY).format(at)
}

// To make one costs a phone more than to draw a visit, and every screen says several hours.
const made = new Map<string, Intl.DateTimeFormat>()

function formatOf(
  locale: 'en-GB' | 'en-CA',
  timeZone: string,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  const name = locale + timeZone
  const format = made.get(name) ?? new Intl.DateTimeFormat(locale, { ...options, timeZone })
  made.set(name, format)
  return format
}

/** "14:05" as "14 h 05", "15:00" as "15 h"; in English "2:05 p.m." and "3 p.m.". */
export function clock(t: Translator, time: string): string {
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  const two = String(minute).padStart(2, '0')
  if (t.lang === 'fr') return minute ? `${hour} h ${two}`.replaceAll(' ', NBSP) : `${hour}${NBSP}h`
  const half = hour < 12 ? 'a.m.' : 'p.m.'
  return `${hour % 12 || 12}${minute ? `:${two}` : ''}${NBSP}${half}`
}

/** "2026-11-23" as "lundi 23 novembre 2026" or "Monday, November 23, 2026". */
export function longDate(t: Translator, day: string): string {
  return t('time.long_date', { ...dateWords(t, day), year: utc(day).getUTCFullYear() })
}

/** "2026-11-23" as "lundi 23 novembre" or "Monday, November 23". */
export function dayAndMonth(t: Translator, day: string): string {
  return t('time.day_and_month', dateWords(t, day))
}

/** "2026-11-25" as "mer. 25" or "Wed 25". */
export function shortDate(t: Translator, day: string): string {
  const date = utc(day)
  return `${word(t, 'time.weekdays_short', date.getUTCDay())}${NBSP}${date.getUTCDate()}`
}

/** The instant's hour, with its day in front when that is not today. */
export function moment(t: Translator, zone: string, at: number, today: string): string {
  const day = dayIn(zone, at)
  const time = clock(t, clockIn(zone, at))
  return day === today ? time : `${shortDate(t, day)} ${time}`
}

/** The local date `days` after another. */
export function addDays(day: string, days: number): string {
  return new Date(utc(day).getTime() + days * DAY_MS).toISOString().slice(0, 10)
}

/** 0 for Sunday to 6 for Saturday. */
export function weekday(day: string): number {
  return utc(day).getUTCDay()
}

/** Bytes as "850 o", "312 ko" or "1,4 Mo" ("B", "kB", "MB" in English). */
export function size(t: Translator, bytes: number): string {
  const unit = t.lang === 'fr' ? 'o' : 'B'
  if (bytes < 1000) return `${bytes}${NBSP}${unit}`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)}${NBSP}k${unit}`
  const mega = (bytes / 1_000_000).toFixed(1)
  return `${t.lang === 'fr' ? mega.replace('.', ',') : mega}${NBSP}M${unit}`
}

function dateWords(t: Translator, day: string): Values {
  const date = utc(day)
  return {
    weekday: word(t, 'time.weekdays', date.getUTCDay()),
    day: date.getUTCDate() === 1 ? t('time.first_day') : date.getUTCDate(),
    month: word(t, 'time.months', date.getUTCMonth()),
  }
}

function utc(day: string): Date {
  return new Date(`${day}T00:00:00Z`)
}

function word(t: Translator, key: Key, index: number): string {
  return t(key).split(' ')[index] ?? ''
}
