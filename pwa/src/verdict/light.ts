/** Judges the light at the customer's end; the twin of `backend/cpe/verdict/light.py`. */
import { type Limits, PLAUSIBLE, type Range, type Span } from './limits.ts'

export type State = 'pass' | 'warning' | 'unverified' | 'fail'

/** One value, as the server's summary of a terminal has it. */
export interface Reading {
  value: number
  source: string
  asOfMs: number
  confidence?: string
}

/** The fibre as one source sees it. */
export interface OpticalStatus {
  rxDbm?: Reading
  oltRxDbm?: Reading
  temperatureC?: Reading
}

export interface Remark {
  reason: string
  value: number
  unit: string
  limit: number
}

/** One line of the verdict; its words are in `words.ts`. */
export interface Check {
  name: string
  state: State
  reason: string
  value?: number
  unit?: string
  limit?: Range
  margin?: number
  source?: string
  measuredAtMs?: number
  remarks?: Remark[]
}

interface Case {
  statuses: readonly OpticalStatus[]
  limits: Limits
  atMs: number
}

const TERMINAL: readonly string[] = ['ont_tr069', 'ont_web']

/**
 * What the terminal receives: by itself, by its OLT, by a meter at its plug. Where its light is told
 * by two who differ, a rule that was confirmed counts, else the meter, else the OLT.
 */
export function rxOnt(statuses: readonly OpticalStatus[], limits: Limits, atMs: number): Check {
  const given = { statuses, limits, atMs }
  const told = best(
    statuses.map(({ rxDbm }) => rxDbm),
    given,
  )
  const own = newest(told.filter(({ source }) => TERMINAL.includes(source)))
  const [olt, meter] = [from('olt', told), from('manual', told)]
  const apart = gap(own, olt ?? meter)
  const isDoubtful = apart > limits.checks.unit_gap_db && own?.confidence !== 'confirmed'
  const light = isDoubtful ? (meter ?? olt) : (own ?? olt ?? meter)
  const remarks = [
    ...unit(apart, limits),
    ...exceeded('meter-differs', gap(light, meter), 'dB', limits.checks.unit_gap_db),
    ...asymmetry(light, given),
    ...heat(given),
  ]
  return remarked(lightCheck(light, given), remarks)
}

/** A power against its limits; an edge belongs to the better side. */
export function judged(dbm: number, span: Span): [state: State, reason: string] {
  if (dbm < span.window[0]) return ['fail', 'light-too-low']
  if (dbm > span.window[1]) return ['fail', 'light-too-high']
  if (dbm < span.pass[0]) return ['warning', 'light-low']
  if (dbm > span.pass[1]) return ['warning', 'light-high']
  return ['pass', 'good']
}

export function isPlausible(dbm: number): boolean {
  return dbm >= PLAUSIBLE[0] && dbm <= PLAUSIBLE[1]
}

function lightCheck(light: Reading | undefined, { limits, atMs }: Case): Check {
  const name = 'rx_ont'
  if (!light) return { name, state: 'unverified', reason: 'no-reading' }
  const said = { value: round(light.value), unit: 'dBm' }
  const whence = { source: light.source, measuredAtMs: light.asOfMs }
  const unknown = { name, state: 'unverified' as const, ...said, ...whence }
  const span = limits.rxOnt
  if (!isPlausible(light.value)) return { ...unknown, reason: 'implausible' }
  if (!span) return { ...unknown, reason: limits.opticalClass ? 'no-limit' : 'no-class' }
  const edges = { limit: span.window, margin: margin(light.value, span) }
  if (isStale(light, limits, atMs)) return { ...unknown, ...edges, reason: 'stale' }
  const [state, reason] = judged(light.value, span)
  return { ...unknown, ...edges, state, reason }
}

/** The check with its remarks, which leave no pass. */
function remarked(check: Check, remarks: Remark[]): Check {
  const [first] = remarks
  if (!first) return check
  if (check.state !== 'pass') return { ...check, remarks }
  return { ...check, state: 'warning', reason: first.reason, remarks }
}

function unit(apart: number, { checks }: Limits): Remark[] {
  return exceeded('unit-unconfirmed', apart, 'dB', checks.unit_gap_db)
}

function asymmetry(down: Reading | undefined, given: Case): Remark[] {
  const { limits, atMs } = given
  const rising = given.statuses.map(({ oltRxDbm }) => oltRxDbm)
  const up = newest(best(rising, given))
  const ofNow = down && up && !isStale(down, limits, atMs) && !isStale(up, limits, atMs)
  return exceeded('asymmetry', ofNow ? gap(down, up) : 0, 'dB', limits.checks.asymmetry_db)
}

function heat({ statuses, limits, atMs }: Case): Remark[] {
  const told = statuses.flatMap(({ temperatureC }) => temperatureC ?? [])
  const latest = newest(told.filter((each) => !isStale(each, limits, atMs)))
  return exceeded('hot', latest?.value ?? 0, '°C', limits.checks.hot_c)
}

function exceeded(reason: string, value: number, unit: string, limit: number): Remark[] {
  return value > limit ? [{ reason, value, unit, limit }] : []
}

/** The readings that may be judged; where there is none, those that are only old; else all. */
function best(told: readonly (Reading | undefined)[], { limits, atMs }: Case): Reading[] {
  const given = told.flatMap((each) => each ?? [])
  const plausible = given.filter(({ value }) => isPlausible(value))
  const fresh = plausible.filter((each) => !isStale(each, limits, atMs))
  return [fresh, plausible].find(({ length }) => length) ?? given
}

function isStale({ asOfMs }: Reading, { checks }: Limits, atMs: number): boolean {
  return atMs - asOfMs > checks.oldest_reading_s * 1000
}

function from(source: string, told: readonly Reading[]): Reading | undefined {
  return newest(told.filter((each) => each.source === source))
}

/** Of two of one instant the one that is told first. */
function newest(told: readonly Reading[]): Reading | undefined {
  return told.reduce<Reading | undefined>(
    (latest, each) => (latest && latest.asOfMs >= each.asOfMs ? latest : each),
    undefined,
  )
}

function gap(one: Reading | undefined, other: Reading | undefined): number {
  return one && other ? round(Math.abs(one.value - other.value)) : 0
}

function margin(dbm: number, span: Span): number {
  return round(Math.min(dbm - span.window[0], span.window[1] - dbm))
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
