/**
 * Cuts what is not on file yet into pages that fit a QR code; `backend/salvage/pages.py` puts them
 * together again.
 *
 * A page is `TERRAIN1/<id>/<n>/<total>/<part>`: parts of the export without its photos, deflated
 * (RFC 1950) and written in base32 (RFC 4648), whose letters a QR code packs most densely. The id
 * is the beginning of the deflated bytes' SHA-256.
 */

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const ID_DIGITS = 8
/** With its heading a page fits version 16 at level L, which a phone's screen shows sharp. */
export const PART = 640

interface Exported {
  mutations: readonly unknown[]
  photos: unknown
}

/** The pages of an exported file, in order; none when it holds no mutation. */
export async function pagesOf(exported: Blob): Promise<string[]> {
  const file = JSON.parse(await exported.text()) as Exported
  if (file.mutations.length === 0) return []
  const bytes = await deflated(JSON.stringify({ ...file, photos: {} }))
  const text = base32(bytes)
  const id = await idOf(bytes)
  const total = Math.ceil(text.length / PART)
  return Array.from({ length: total }, (_, page) => {
    const part = text.slice(page * PART, (page + 1) * PART)
    return `TERRAIN1/${id}/${page + 1}/${total}/${part}`
  })
}

async function deflated(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

async function idOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.slice(0, ID_DIGITS).toUpperCase()
}

/** Without padding: the length says how much the last letter holds. */
export function base32(bytes: Uint8Array): string {
  let text = ''
  let held = 0
  let bits = 0
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += LETTERS[(held >> bits) & 31]
    }
  }
  return bits > 0 ? text + LETTERS[(held << (5 - bits)) & 31] : text
}
