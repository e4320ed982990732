/**
 * What a text read off a label is: twin of `sync/facts.py`, held by `sync/vectors/facts.json`.
 * Symbology first, form second: every UPC-A has the form of a MAC.
 */
import { type Code, gponSerial } from '../tech/codes.ts'

/** One code as a reader gives it; symbologies have the names of the W3C Shape Detection API. */
export interface Found {
  text: string
  symbology: string
}

// ITF: shorter reads are mostly parts of a longer, damaged code.
const RETAIL: Readonly<Record<string, readonly number[]>> = {
  ean_8: [8],
  ean_13: [13],
  upc_a: [12],
  upc_e: [8, 12],
  itf: [14],
}
const PREFIX =
  /^(S\/?N|SERIAL(?: ?NO\.?| ?NUMBER)?|(?:GPON|ONT|PON) ?S\/?N|MAC(?: ?ADDRESS| ?ID)?)[ \t]*[:=#][ \t]*/i
const BARE_MAC = /^[0-9A-F]{12}$/
const WRITTEN_MAC =
  /^(?:[0-9A-F]{2}([:\- ])(?:[0-9A-F]{2}\1){4}[0-9A-F]{2}|(?:[0-9A-F]{4}\.){2}[0-9A-F]{4})$/
const SERIAL = /^(?=.*[0-9])[0-9A-Za-z]{6,20}$/
// A model number has hyphens too: they are a serial's only when somebody says that it is one.
const SAID_SERIAL = /^(?=.*[0-9])[0-9A-Za-z](?:-?[0-9A-Za-z]){5,19}$/
// A QR code in capitals is smaller: stickers may be printed so.
const STICKER = /^https?:\/\/([^/?#]+)\/q\/([0-9A-F:-]{12,17})\/?$/i
// The same serial octet by octet.
const OCTETS = /^[0-9A-F]{2}(?:[ :]?[0-9A-F]{2}){7}$/
// ISO/IEC 15434, format 06: data identifiers of ANSI MH10.8.2, up to three digits and a letter.
const HEAD = '[)>\x1e'
const END = '\x04'
const FORMAT = '06\x1d'
const FIELD = /^([0-9]{0,3}[A-Z]) ?(.+)$/s
const SAID_BY: Readonly<Record<string, string>> = { S: 'S/N:', '23S': 'MAC:' }
// Wherever it stands: what follows may hold a key, whatever a label or a field before it says.
const WIFI = /WIFI:/i
const WIFI_FIELD = /([A-Za-z][A-Za-z0-9]*):((?:\\.|[^;\\])*)(?:;|$)/g
const WIFI_SHOWN: readonly string[] = ['T', 'S', 'H']

/** The fact that a code states; `host` is that of the ISP's own stickers, "" when it has none. */
export function classify({ text, symbology }: Found, host = ''): Code {
  const plain = stripped(text)
  const joins = WIFI.exec(plain)
  if (joins) return wifi(plain.slice(joins.index + joins[0].length), symbology)
  const lengths = RETAIL[symbology]
  if (lengths) {
    const type = isGtin(plain, lengths) ? 'gtin' : 'text'
    return { text, symbology, type, value: plain }
  }
  const sticker = stickerMac(plain, host)
  if (sticker) return { text, symbology, type: 'url', value: sticker }
  const prefix = PREFIX.exec(plain)
  const [type, value] = typed(plain.slice(prefix?.[0].length ?? 0), prefix?.[1] ?? '')
  return { text, symbology, type, value }
}

/** All facts that a code states: a message of ISO/IEC 15434 has several, any other text one. */
export function factsOf(found: Found, host = ''): Code[] {
  const fields = WIFI.test(found.text) ? [] : messageFields(found.text)
  if (fields.length === 0) return [classify(found, host)]
  return fields.map(([identifier, value]) => fieldFact(identifier, value, found.symbology))
}

/** Each field's data identifier and value, as `sync/data_identifiers.py` has them. */
function messageFields(text: string): [identifier: string, value: string][] {
  if (!text.startsWith(HEAD)) return []
  const end = text.endsWith(END) ? -1 : undefined
  return text
    .slice(HEAD.length, end)
    .split('\x1e')
    .filter((record) => record.startsWith(FORMAT))
    .flatMap((record) => record.slice(FORMAT.length).split('\x1d'))
    .flatMap((field) => {
      const [, identifier, value] = FIELD.exec(stripped(field)) ?? []
      return identifier && value ? [[identifier, value]] : []
    })
}

/** ANSI MH10.8.2: S a serial, 23S a MAC, P and 1P a part; H is a maker's own, mostly a MAC. */
function fieldFact(identifier: string, value: string, symbology: string): Code {
  const said = SAID_BY[identifier]
  const fact = { ...classify({ text: (said ?? '') + value, symbology }), text: identifier + value }
  if (identifier === 'P' || identifier === '1P') return { ...fact, type: 'model', value }
  return said || fact.type === 'mac' ? fact : { ...fact, type: 'text', value }
}

/** A printed label ("S/N:", "MAC:") settles what a text's form leaves open. */
function typed(plain: string, label: string): [type: string, value: string] {
  const upper = plain.toUpperCase()
  const saysMac = /^MAC/i.test(label)
  const saysSerial = label !== '' && !saysMac
  const gpon = saysMac ? '' : gponSerial(OCTETS.test(upper) ? upper.replace(/[ :]/g, '') : upper)
  if (gpon) return ['gpon-serial', gpon]
  const mac = saysSerial ? '' : macOf(upper, saysMac)
  if (mac) return ['mac', mac]
  const isSerial = (saysSerial ? SAID_SERIAL : SERIAL).test(plain)
  return isSerial && !saysMac ? ['serial', upper] : ['text', plain]
}

/**
 * IEEE Std 802 section 8.2: bit 0 of the first octet is multicast, bit 1 locally administered. No
 * interface has a multicast address; twelve digits with the local bit must be written as an address.
 */
function macOf(upper: string, said: boolean): string {
  const written = WRITTEN_MAC.test(upper)
  const digits = written ? upper.replace(/[:\-. ]/g, '') : upper
  if (!BARE_MAC.test(digits) || /^(0+|F+)$/.test(digits)) return ''
  const first = Number.parseInt(digits.slice(0, 2), 16)
  const local = (first & 2) !== 0 && !written && !said
  return first & 1 || local ? '' : digits
}

/** GS1 General Specifications section 7.9.1: weights 3 and 1 from the right, sum 0 modulo 10. */
function isGtin(plain: string, lengths: readonly number[]): boolean {
  if (!lengths.includes(plain.length) || !/^[0-9]+$/.test(plain)) return false
  const full = plain.length === 8 && lengths.includes(12) ? upcA(plain) : plain
  const digits = [...full].reverse().map(Number)
  return digits.reduce((sum, digit, i) => sum + digit * (i % 2 ? 3 : 1), 0) % 10 === 0
}

/** GS1 General Specifications section 5.2.2.4.2: the UPC-A whose zeros a UPC-E leaves out. */
function upcA(short: string): string {
  const [system, body, check] = [short.charAt(0), short.slice(1, 7), short.charAt(7)]
  const last = body.charAt(5)
  const middle = /[012]/.test(last)
    ? `${body.slice(0, 2)}${last}0000${body.slice(2, 5)}`
    : last === '3'
      ? `${body.slice(0, 3)}00000${body.slice(3, 5)}`
      : last === '4'
        ? `${body.slice(0, 4)}00000${body.charAt(4)}`
        : `${body.slice(0, 5)}0000${last}`
  return `${system}${middle}${check}`
}

/** The MAC of the ISP's sticker `https://HOST/q/{mac}`; other addresses mean nothing to us. */
function stickerMac(plain: string, host: string): string {
  const [, on, mac] = STICKER.exec(plain) ?? []
  return host && on?.toLowerCase() === host.toLowerCase()
    ? macOf((mac ?? '').toUpperCase(), true)
    : ''
}

/** What follows WIFI: says how to join a network: its name is the value, its key goes no further. */
function wifi(told: string, symbology: string): Code {
  const fields = [...told.matchAll(WIFI_FIELD)].map(
    ([, name, value]) => [(name ?? '').toUpperCase(), value ?? ''] as const,
  )
  const shown = fields.filter(([name]) => WIFI_SHOWN.includes(name))
  const ssid = fields.find(([name]) => name === 'S')?.[1] ?? ''
  const text = `WIFI:${shown.map(([name, value]) => `${name}:${value};`).join('')};`
  return { text, symbology, type: 'wifi', value: ssid.replace(/\\(.)/g, '$1') }
}

/** Without the spaces, tabs and line ends around it; other separators mean something. */
function stripped(text: string): string {
  return text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')
}
