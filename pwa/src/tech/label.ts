/** Turns a photo of a label into a small clean JPEG, and asks the server to read it. */
import { type Code, codesOf } from './codes.ts'

export const READ_DEADLINE_S = 8

const LONG_EDGE_PX = 1600
/** What a photo may weigh: five seconds of one bar of signal. */
const LARGEST_BYTES = 250_000
/** Keeps fine bars apart. */
const BEST_QUALITY = 0.8
/** Still shows a room. */
const LEAST_QUALITY = 0.05
/** How far below the limit the next attempt aims: to make a third takes longer than it gives. */
const MARGIN = 0.9

/**
 * The photo, or what the camera shows at this moment, upright, at most 1600 px and 250 kB, without
 * its metadata; rejects when it cannot be opened.
 */
export async function shrink(photo: Blob | HTMLVideoElement): Promise<Blob> {
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

/** The first that is light enough; a JPEG's bytes go about with its quality. */
async function jpeg(canvas: HTMLCanvasElement): Promise<Blob> {
  let quality = BEST_QUALITY
  for (;;) {
    const photo = await encoded(canvas, quality)
    if (photo.size <= LARGEST_BYTES || quality < LEAST_QUALITY) return photo
    quality *= MARGIN * (LARGEST_BYTES / photo.size)
  }
}

function encoded(canvas: HTMLCanvasElement, quality: number): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const done = (blob: Blob | null): void =>
      blob ? resolve(blob) : reject(new Error('the canvas gave no image'))
    canvas.toBlob(done, 'image/jpeg', quality)
  })
}
