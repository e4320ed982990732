/** Decides how ages, silences and visits read on the board. */
import { clock, clockIn, dayAndMonth, dayIn, moment } from '../i18n/format.ts'
import { named, type Translator } from '../i18n/translate.ts'
import type { DeviceLine, Visit, VisitStatus } from './state.ts'
import type { BoardWords } from './words/fr.ts'

const MINUTE_MS = 60_000
const DAY_MINUTES = 24 * 60
const QUIET_MS = 30 * MINUTE_MS
const SILENT_MS = 120 * MINUTE_MS
const OLD_WORK_MS = 120 * MINUTE_MS
/** A status received later than this after it was made says so: lateness is not idleness. */
const LATE_MS = 5 * MINUTE_MS

export type Silence = 'ok' | 'quiet' | 'silent'

interface AgeWords {
  minutes(n: number): string
  hours(h: number, m: number): string
  days(n: number): string
}

/** "il y a 4 min", for an age in ms. */
export function ago(w: BoardWords, age: number): string {
  return age < MINUTE_MS ? w.ago.now : inWords(w.ago, age)
}

/** "4 min", for a length of time in ms. */
export function span(w: BoardWords, length: number): string {
  return inWords(w.span, length)
}

/** Whether a phone that should be heard has been silent for too long. */
export function silenceOf(line: DeviceLine, now: number): Silence {
  if (!line.watched || line.link === 'none') return 'ok'
  const age = now - (line.seenAt ?? 0)
  if (age > SILENT_MS) return 'silent'
  return age > QUIET_MS ? 'quiet' : 'ok'
}

/** Whether somebody should look at this phone: silent, holding old work, without a link, or about to lose it. */
export function needsAttention(line: DeviceLine, now: number): boolean {
  const oldWork = line.oldestAt !== null && now - line.oldestAt > OLD_WORK_MS
  const unreached = line.watched && line.link === 'none'
  return silenceOf(line, now) !== 'ok' || oldWork || unreached || line.link === 'tonight'
}

/** "8 h – 10 h", as far as the hours are known. */
export function hours(t: Translator, w: BoardWords, { start, end }: Visit['window']): string {
  if (start && end) return `${clock(t, start)} – ${clock(t, end)}`
  if (start) return w.visits.from(clock(t, start))
  return end ? w.visits.until(clock(t, end)) : w.visits.noWindow
}

/** When the status was made on the device, and when it came here if that was notably later. */
export function statusTimes(
  t: Translator,
  zone: string,
  today: string,
  { value, at, receivedAt }: VisitStatus,
): { made: string; received: string } {
  if (receivedAt === null || value === 'todo') return { made: '', received: '' }
  const late = receivedAt - at > LATE_MS
  return {
    made: moment(t, zone, at, today),
    received: late ? moment(t, zone, receivedAt, today) : '',
  }
}

/** A refusal's stable code ("kind" or "kind:detail") in words. */
export function why(w: BoardWords, code: string): string {
  const known: Readonly<Record<string, string>> = w.why
  return known[code.split(':')[0] ?? ''] ?? code
}

/** A value of a cell as people say it. */
export function spoken(t: Translator, w: BoardWords, path: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return w.conflicts.nothing
  if (typeof value !== 'string') return JSON.stringify(value)
  if (path === 'status') return named(t, 'status', value)
  return path === 'reason' ? named(t, 'reason', value) : value
}

/** "vendredi 11 décembre 3 h 52": an end may be weeks away. */
export function ending(t: Translator, zone: string, at: number): string {
  return `${dayAndMonth(t, dayIn(zone, at))} ${clock(t, clockIn(zone, at))}`
}

/** By which names are found and sorted: "côté" stands with "cote". */
export function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').trim().toLowerCase()
}

function inWords(words: AgeWords, length: number): string {
  const minutes = Math.max(0, Math.floor(length / MINUTE_MS))
  if (minutes < 60) return words.minutes(minutes)
  if (minutes < 2 * DAY_MINUTES) return words.hours(Math.floor(minutes / 60), minutes % 60)
  return words.days(Math.floor(minutes / DAY_MINUTES))
}
