/** Ids made on the phone: UUIDv7 (RFC 9562 section 5.7) and the SHA-256 of a photo. */

/** A UUIDv7 of `now` (UTC ms) and 16 fresh random bytes. */
export function uuid7(now: number, random: Uint8Array): string {
  const bytes = Uint8Array.from(random.subarray(0, 16))
  const time = Math.max(0, Math.floor(now))
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(time / 2 ** (8 * (5 - i))) % 256
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const digits = hex(bytes)
  return [0, 8, 12, 16, 20].map((at, i, cuts) => digits.slice(at, cuts[i + 1])).join('-')
}

/** When a UUIDv7 was made, UTC ms. */
export function madeAt(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16) || 0
}

/** SHA-256 of bytes, 64 hex digits. */
export async function sha256(bytes: ArrayBuffer): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
