/**
 * Turns the bars of one linear code into a clean strip, as `backend/vision/strips.py` does: turned
 * straight and averaged along its bars it has little noise left, so that its blur can be undone.
 */
import type { Bars } from './bars.ts'
import { type Grey, sample } from './grey.ts'

/** How to look at a strip: samples a pixel, and the blur (pixels) that is taken back; 0: none. */
export interface Look {
  scale: number
  blur: number
}

/** The order in which they add most. */
export const LOOKS: readonly Look[] = [
  { scale: 3, blur: 0 },
  { scale: 3, blur: 0.7 },
  { scale: 2, blur: 1.8 },
  { scale: 2, blur: 1.2 },
]

// Of the length at each end: the quiet zone, and what the blocks left out.
export const MARGIN = 0.12
// Of the bars' height: the ends are not sharp.
export const HEIGHT = 0.9
export const BANDS = 4
const ROWS = 12
const WHOLE = { from: 0, to: 1 }
// Degrees about the angle of the gradients.
const TURNS = [0, -1, 1, -2, 2, -3, 3, -4, 4, -5, 5]
export const BAND_ROWS = 6
// Of the signal's power, in Wiener's filter.
export const LENS_NOISE = 0.02
const TAPS = 12

/** The same bars with the angle at which their mean has most contrast: edges lie about it a little. */
export function upright(grey: Grey, bars: Bars): Bars {
  const turned = TURNS.map((degrees) => ({
    ...bars,
    angle: bars.angle + (degrees * Math.PI) / 180,
  }))
  const contrasts = turned.map((each) => contrast(meanOf(grey, each, 1, WHOLE)))
  return turned[contrasts.indexOf(Math.max(...contrasts))] ?? bars
}

/** The picture of a strip: a few rows above each other, dark to light over the whole range. */
export function stripOf(grey: Grey, bars: Bars, { scale, blur }: Look): ImageData {
  const bands = Array.from({ length: BANDS }, (_, band) =>
    meanOf(grey, bars, scale, { from: band / BANDS, to: (band + 1) / BANDS }),
  )
  return drawn(blur > 0 ? bands.map((band) => sharpened(band, blur * scale)) : bands)
}

/** A part of the bars' height, of which all is 1. */
interface Part {
  from: number
  to: number
}

/** The mean of a part of the bars, from end to end, `scale` samples a pixel. */
function meanOf(grey: Grey, bars: Bars, scale: number, { from, to }: Part): Float32Array {
  const width = Math.max(8, Math.floor(bars.length * (1 + 2 * MARGIN) * scale))
  const [c, s] = [Math.cos(bars.angle), Math.sin(bars.angle)]
  const mean = new Float32Array(width)
  for (let row = 0; row < ROWS; row++) {
    const part = from + ((to - from) * (row + 0.5)) / ROWS - 0.5
    const down = part * bars.height * HEIGHT
    for (let i = 0; i < width; i++) {
      const over = (i - width / 2) / scale
      const value = sample(grey, bars.x + over * c - down * s, bars.y + over * s + down * c)
      mean[i] = (mean[i] ?? 0) + value / ROWS
    }
  }
  return mean
}

function contrast(mean: Float32Array): number {
  return mean.reduce((sum, value, i) => sum + (value - (mean[i - 1] ?? value)) ** 2, 0)
}

/** A band as it was before a Gaussian blur of `sigma` samples (Wiener's filter, as a kernel). */
function sharpened(band: Float32Array, sigma: number): Float32Array {
  const kernel = inverse(sigma)
  return band.map((_, i) =>
    kernel.reduce((sum, weight, k) => {
      const at = Math.min(band.length - 1, Math.max(0, i + k - TAPS))
      return sum + weight * (band[at] ?? 0)
    }, 0),
  )
}

/** The filter's answer to one sample, by the inverse Fourier transform of an even spectrum. */
function inverse(sigma: number): number[] {
  const steps = 4 * TAPS
  const weights = Array.from({ length: 2 * TAPS + 1 }, (_, k) => {
    let sum = 0
    for (let n = 0; n < steps; n++) {
      const frequency = (n + 0.5) / (2 * steps)
      const blur = Math.exp(-2 * (Math.PI * sigma * frequency) ** 2)
      sum += (blur / (blur * blur + LENS_NOISE)) * Math.cos(2 * Math.PI * frequency * (k - TAPS))
    }
    return sum
  })
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

function drawn(bands: readonly Float32Array[]): ImageData {
  const width = bands[0]?.length ?? 0
  const sorted = bands.flatMap((band) => [...band]).sort((a, b) => a - b)
  const low = sorted[Math.floor(sorted.length * 0.02)] ?? 0
  const high = sorted[Math.floor(sorted.length * 0.98)] ?? 255
  const image = new ImageData(width, bands.length * BAND_ROWS)
  for (let y = 0; y < image.height; y++)
    for (let x = 0; x < width; x++) {
      const value = bands[Math.floor(y / BAND_ROWS)]?.[x] ?? 255
      const level = ((value - low) * 255) / Math.max(high - low, 1)
      image.data.set([level, level, level, 255], (y * width + x) * 4)
    }
  return image
}
