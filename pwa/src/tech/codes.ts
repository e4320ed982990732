/**
 * Decides which of the codes on a label may be the equipment's serial number, and what a typed one
 * is: twin of `sync/facts.py` for these, held by `sync/vectors/facts.json`.
 */
import { isRecord, text } from './cells.ts'

/** Who read a code and how, as the arguments of `equipment` say it. */
export interface Reading {
  stage: string
  decoder: string
  step: string
  ms?: number
  photo?: string
}

export interface Code {
  text: string
  symbology: string
  type: string
  value: string
  read?: Reading
}

/** What was typed: a serial number and its kind, or what is wrong with it. */
export type Typed =
  | { ok: true; serial: string; type: 'gpon-serial' | 'serial' }
  | { ok: false; fault: 'bad_characters' | 'bad_length' | 'no_digit' }

/** How many letters and digits a serial number has. */
export const SERIAL_LENGTH = { min: 6, max: 20 }

// The two kinds of `sync/facts.py` that are serial numbers, the better one first.
const SERIAL_TYPES: readonly string[] = ['gpon-serial', 'serial']
const MAC_TYPES: readonly string[] = ['mac', 'url']
/** ITU-T G.984.3 (01/2014) clause 9.2.4.1: as `GPON_VENDORS` of `sync/gpon.py`. */
export const GPON_VENDORS: ReadonlySet<string> = new Set(
  'ADTN ALCL CIGG CXNK DSNW ELTX FHTT GNXS HBMT HWTC ISKT LEOX MSTC NOKW SCOM SMBS TMBB TPLG UBNT YOTC ZTEG ZYXE'.split(
    ' ',
  ),
)

/** The codes of an answer that is not trusted. */
export function codesOf(value: unknown): Code[] {
  const list = Array.isArray(value) ? value.filter(isRecord) : []
  return list.map((code) => ({
    text: text(code, 'text'),
    symbology: text(code, 'symbology'),
    type: text(code, 'type') || 'unknown',
    value: text(code, 'value') || text(code, 'text'),
    ...(code.stage ? { read: readingOf(code) } : {}),
  }))
}

function readingOf(code: Record<string, unknown>): Reading {
  return {
    stage: text(code, 'stage'),
    decoder: text(code, 'decoder'),
    step: text(code, 'step'),
  }
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
  const others = codes.filter((code) => !serials.has(upper(code)))
  // A label may tell one thing by several codes.
  const said = others.map((code) => `${code.type} ${upper(code)}`)
  return others.filter((_, i) => said.indexOf(said[i] ?? '') === i)
}

/** Whoever types a number says that it is a serial, as the label "S/N:" does. */
export function typedSerial(typed: string): Typed {
  const serial = typed.toUpperCase().replace(/\s/g, '')
  if (/[^A-Z0-9-]|^-|--|-$/.test(serial)) return { ok: false, fault: 'bad_characters' }
  const length = serial.replaceAll('-', '').length
  if (length < SERIAL_LENGTH.min || length > SERIAL_LENGTH.max)
    return { ok: false, fault: 'bad_length' }
  if (!/[0-9]/.test(serial)) return { ok: false, fault: 'no_digit' }
  const gpon = gponSerial(serial)
  return { ok: true, serial: gpon || serial, type: gpon ? 'gpon-serial' : 'serial' }
}

/** "TPLG1A2B3C4D" in groups that an eye can compare, "TPLG 1A2B 3C4D"; hyphens made them before. */
export function grouped(serial: string): string {
  return serial.includes('-') ? serial : (serial.match(/.{1,4}/g)?.join('\u00a0') ?? '')
}

/** Four letters of a vendor and eight hex digits, which labels also print as 16 hex; else "". */
export function gponSerial(serial: string): string {
  const plain = serial.replace(/^[0-9A-F]{8}(?=[0-9A-F]{8}$)/, spelt)
  return /^.{4}[0-9A-F]{8}$/.test(plain) && GPON_VENDORS.has(plain.slice(0, 4)) ? plain : ''
}

/** The text that hex digits spell. */
function spelt(hex: string): string {
  return hex.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16)))
}

function upper(code: Code): string {
  return code.value.toUpperCase()
}
