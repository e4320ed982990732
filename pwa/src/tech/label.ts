/** Turns a photo of a label into a small clean JPEG, and asks the server to read it. */
import { type Code, codesOf } from './codes.ts'

export const READ_DEADLINE_S = 8

const LONG_EDGE_PX = 1600
const JPEG_QUALITY = 0.8

/** The photo upright, at most 1600 px, without its metadata; rejects when it cannot be opened. */
export async function shrink(photo: Blob): Promise<Blob> {
  const image = await createImageBitmap(photo)
  const scale = Math.min(1, LONG_EDGE_PX / Math.max(image.width, image.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(image.width * scale)
  canvas.height = Math.round(image.height * scale)
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
  image.close()
  return jpeg(canvas)
}

/** The codes on a label, or null when no answer came within the deadline. */
export async function readLabel(photo: Blob, signal: AbortSignal): Promise<Code[] | null> {
  try {
    const answer = await fetch('/vision/barcodes', {
      method: 'POST',
      headers: { 'Content-Type': photo.type, 'X-Terrain': '1' },
      body: photo,
      signal,
    })
    if (!answer.ok) return null
    const body: unknown = await answer.json()
    return codesOf((body as { codes?: unknown } | null)?.codes)
  } catch {
    // No network, a cut, the deadline, or an answer that is no JSON: the photo is kept instead.
    return null
  }
}

function jpeg(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const done = (blob: Blob | null): void =>
      blob ? resolve(blob) : reject(new Error('the canvas gave no image'))
    canvas.toBlob(done, 'image/jpeg', JPEG_QUALITY)
  })
}
