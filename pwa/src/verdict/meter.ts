/** A power that a technician reads off an optical meter and types: judged here, without signal. */
import { type Check, isPlausible, rxOnt } from './light.ts'
import { type Line, limitsOf, type Thresholds } from './limits.ts'

const TYPED = /^([-−–+]?)\s*(\d{1,2})(?:[.,](\d{1,2}))?\s*(?:dBm)?$/i

/**
 * The power that was typed, "−22,4 dBm" as well as "-22.4", in dBm; undefined when it is none that a
 * line can have. A sign that was left out is not guessed.
 */
export function readDbm(text: string): number | undefined {
  const [, sign = '', whole = '', part = ''] = TYPED.exec(text.trim()) ?? []
  if (!whole) return undefined
  const size = Number(`${whole}.${part || '0'}`)
  const dbm = sign && sign !== '+' ? -size : size
  return isPlausible(dbm) ? dbm : undefined
}

/** The check of a power that is measured at this instant. */
export function meterCheck(dbm: number, line: Line, atMs: number, thresholds?: Thresholds): Check {
  const rxDbm = { value: dbm, source: 'manual', asOfMs: atMs }
  return rxOnt([{ rxDbm }], limitsOf(line, thresholds), atMs)
}
