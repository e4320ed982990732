/** Reads a photo on the phone itself, with all the effort there is. */
import { sha256 } from '../sync/ids.ts'
import type { Code } from '../tech/codes.ts'
import { factsOf } from './facts.ts'
import type { Reader } from './reader.ts'
import { stickerHost } from './sticker-host.ts'

/** The codes of a photo; none when the phone cannot read it, or has no reader. */
export async function readStill(photo: Blob, reader: Reader | null): Promise<Code[]> {
  if (!reader) return []
  const began = performance.now()
  const codes = await reader.read(await pixelsOf(photo), 'still')
  const read = {
    stage: 'phone',
    decoder: reader.name,
    step: 'still',
    ms: Math.round(performance.now() - began),
    photo: await sha256(await photo.arrayBuffer()),
  }
  const host = stickerHost(localStorage)
  return codes.flatMap((code) => factsOf(code, host)).map((code) => ({ ...code, read }))
}

async function pixelsOf(photo: Blob): Promise<ImageData> {
  const image = await createImageBitmap(photo)
  const canvas = document.createElement('canvas')
  canvas.width = image.width
  canvas.height = image.height
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) throw new Error('no canvas')
  context.drawImage(image, 0, 0)
  image.close()
  return context.getImageData(0, 0, canvas.width, canvas.height)
}
