/** Whether the codes of one label say the same: twin of `sync/crosschecks.py`. */
import type { Code } from '../tech/codes.ts'

export type Contradiction = 'mac-differs' | 'ssid-differs'

const SQUARE: readonly string[] = ['qr_code', 'data_matrix', 'pdf417']
const TAIL = /[-_ ]([0-9A-F]{4,6})$/
// The radios of a gateway have addresses beside its own, which the label prints.
const NEAR = 16

/** What the codes of one label contradict each other in. */
export function contradictions(codes: readonly Code[]): Contradiction[] {
  const found: Contradiction[] = []
  if (macsDiffer(codes)) found.push('mac-differs')
  if (ssidDiffers(codes)) found.push('ssid-differs')
  return found
}

/** A code of squares and a barcode that name a MAC must have one in common. */
function macsDiffer(codes: readonly Code[]): boolean {
  const isSquare = ({ symbology }: Code) => SQUARE.includes(symbology)
  const all = codes.filter(isMac)
  const square = all.filter(isSquare).map(({ value }) => value)
  const linear = all.filter((code) => !isSquare(code)).map(({ value }) => value)
  if (square.length === 0 || linear.length === 0) return false
  return !square.some((mac) => linear.includes(mac))
}

/** A network's name that ends in hex digits ends as a MAC of the label does, or nearly. */
function ssidDiffers(codes: readonly Code[]): boolean {
  const macs = codes.filter(isMac).map(({ value }) => value)
  const tails = codes
    .filter(({ type }) => type === 'wifi')
    .flatMap(({ value }) => TAIL.exec(value.toUpperCase())?.[1] ?? [])
  return macs.length > 0 && tails.some((tail) => !macs.some((mac) => isNear(tail, mac)))
}

function isNear(tail: string, mac: string): boolean {
  const apart = Math.abs(Number.parseInt(tail, 16) - Number.parseInt(mac.slice(-tail.length), 16))
  return Math.min(apart, 16 ** tail.length - apart) <= NEAR
}

function isMac({ type }: Code): boolean {
  return type === 'mac' || type === 'url'
}
