/** Decides which of the codes on a label may be the equipment's serial number. */
import { isRecord, text } from './cells.ts'

export interface Code {
  text: string
  symbology: string
  type: string
  value: string
}

export type Typed =
  | { ok: true; serial: string }
  | { ok: false; fault: 'too_short' | 'bad_characters' }

export const SERIAL_CHARACTERS_MIN = 6

// The kinds of `sync/facts.py`; of the two that are serial numbers the better one comes first.
const SERIAL_TYPES: readonly string[] = ['gpon-serial', 'serial']
const MAC_TYPES: readonly string[] = ['mac', 'url']
// ITU-T G.984.3 section 10.2.4: four letters of the vendor, then eight hexadecimal digits.
const GPON = /^[A-Z]{4}[0-9A-F]{8}$/

/** The codes of an answer that is not trusted. */
export function codesOf(value: unknown): Code[] {
  const list = Array.isArray(value) ? value.filter(isRecord) : []
  return list.map((code) => ({
    text: text(code, 'text'),
    symbology: text(code, 'symbology'),
    type: text(code, 'type') || 'unknown',
    value: text(code, 'value') || text(code, 'text'),
  }))
}

/** The distinct serial numbers; more than one is a choice for the technician, never for us. */
export function serialsOf(codes: readonly Code[]): Code[] {
  const macs = codes.filter(({ type }) => MAC_TYPES.includes(type)).map(upper)
  const offered = new Map<string, Code>()
  for (const wanted of SERIAL_TYPES) {
    for (const code of codes.filter(({ type }) => type === wanted)) {
      const value = upper(code)
      if (!macs.includes(value) && !offered.has(value)) offered.set(value, code)
    }
  }
  return [...offered.values()]
}

/** What else stands on the label: shown, never used as a serial number. */
export function othersOf(codes: readonly Code[]): Code[] {
  const serials = new Set(serialsOf(codes).map(upper))
  return codes.filter((code) => !serials.has(upper(code)))
}

/** What was typed, cleaned, or what is wrong with it. */
export function typedSerial(typed: string): Typed {
  const serial = typed.toUpperCase().replace(/[\s:]/g, '')
  if (/[^A-Z0-9-]/.test(serial)) return { ok: false, fault: 'bad_characters' }
  if (serial.length < SERIAL_CHARACTERS_MIN) return { ok: false, fault: 'too_short' }
  return { ok: true, serial }
}

/** The type of a serial that nobody typed for us. */
export function serialType(serial: string): 'gpon-serial' | 'serial' {
  return GPON.test(serial) ? 'gpon-serial' : 'serial'
}

/** "TPLG1A2B3C4D" in groups that an eye can compare: "TPLG 1A2B 3C4D". */
export function grouped(serial: string): string {
  return serial.match(/.{1,4}/g)?.join(' ') ?? ''
}

function upper(code: Code): string {
  return code.value.toUpperCase()
}
