/** Which stickers are the ISP's own: by the host name that the server's page carries. */
import { isRecord, text } from '../tech/cells.ts'

const KEY = 'terrain-sticker-host'

/** Remembers what a page from the server says, for the starts without network. */
export function keepStickerHost(
  carried: string | null | undefined,
  storage: Pick<Storage, 'setItem'>,
): void {
  if (!carried) return
  const day: unknown = JSON.parse(carried)
  try {
    storage.setItem(KEY, isRecord(day) ? text(day, 'sticker_host') : '')
  } catch {
    // Without it a sticker is an address like any other, and the label beside it is read as well.
  }
}

/** The host name on the ISP's own stickers; "" when it has none, or none is known. */
export function stickerHost(storage: Pick<Storage, 'getItem'>): string {
  try {
    return storage.getItem(KEY) ?? ''
  } catch {
    return ''
  }
}
