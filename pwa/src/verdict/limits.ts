/** When a reading is good: the server's own thresholds, with which the app was built. */
import data from './thresholds.json'

/** dBm, weakest and strongest, edges included. */
export type Range = readonly [low: number, high: number]

/** Within `pass` all is well; outside of `window` the line fails. */
export interface Span {
  window: Range
  pass: Range
}

export interface Checks {
  unit_gap_db: number
  asymmetry_db: number
  hot_c: number
  oldest_reading_s: number
}

export interface Limits {
  checks: Checks
  opticalClass: string
  rxOnt?: Span | undefined
}

export interface Override {
  class?: string
  rx_ont?: Span
}

export interface Thresholds {
  checks: Checks
  default_class: string
  classes: Readonly<Record<string, { rx_ont: Span }>>
  olts: Readonly<Record<string, Override>>
  plans: Readonly<Record<string, Override>>
}

/** What is known of a line; "" is not known. */
export interface Line {
  opticalClass?: string
  plan?: string
  olt?: string
}

/** The server's as the app was built; an installation may have its own (`site.ts`). */
export const THRESHOLDS = data.thresholds as unknown as Thresholds

/** The powers that a line can have at all. */
export const PLAUSIBLE = data.plausible_dbm as unknown as Range

/** What counts for a line: its own class before the plan's, the OLT's and the default one. */
export function limitsOf(line: Line, thresholds: Thresholds = THRESHOLDS): Limits {
  const { checks, classes } = thresholds
  const own = [entry(thresholds.plans, line.plan), entry(thresholds.olts, line.olt)]
  const named = [line.opticalClass, ...own.map((each) => each?.class), thresholds.default_class]
  const name = named.find(Boolean) ?? ''
  const known = entry(classes, name)
  if (!known) return { checks, opticalClass: '' }
  const span = own.find((each) => each?.rx_ont)?.rx_ont
  return { checks, opticalClass: name, rxOnt: span ?? known.rx_ont }
}

function entry<T>(named: Readonly<Record<string, T>>, name = ''): T | undefined {
  return Object.hasOwn(named, name) ? named[name] : undefined
}
