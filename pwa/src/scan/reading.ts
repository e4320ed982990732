/** Reads the codes of one picture by zxing, in steps of growing effort. */
import { type ReaderOptions, readBarcodes } from 'zxing-wasm/reader'
import { type Bars, findBars, holds } from './bars.ts'
import type { Found } from './facts.ts'
import { greyOf } from './grey.ts'
import { LOOKS, type Look, stripOf, upright } from './strips.ts'

/**
 * `fast` is for every frame of the camera; `hard` looks longer, and at the largest bars turned
 * straight; `still` does for a photo all that can be done.
 */
export type Effort = 'fast' | 'hard' | 'still'

interface Read extends Found {
  x: number
  y: number
}

type Formats = NonNullable<ReaderOptions['formats']>

// Those of labels alone, by the names of the W3C Shape Detection API.
const LINEAR: Readonly<Record<string, string>> = {
  Code128: 'code_128',
  Code39: 'code_39',
  Code93: 'code_93',
  EAN13: 'ean_13',
  EAN8: 'ean_8',
  UPCA: 'upc_a',
  UPCE: 'upc_e',
  ITF: 'itf',
}
const NAMES: Readonly<Record<string, string>> = {
  ...LINEAR,
  QRCode: 'qr_code',
  DataMatrix: 'data_matrix',
  PDF417: 'pdf417',
}
const ALL = Object.keys(NAMES) as Formats
const STRIP: ReaderOptions = {
  formats: Object.keys(LINEAR) as Formats,
  tryHarder: true,
  tryRotate: false,
  tryInvert: false,
  tryDownscale: false,
}
const REGIONS: Readonly<Record<Effort, number>> = { fast: 0, hard: 3, still: 6 }
const STILL_MS = 1_500

/** The codes of an RGBA picture, each once. */
export async function read(image: ImageData, effort: Effort): Promise<Found[]> {
  const until = Date.now() + STILL_MS
  const tryHarder = effort !== 'fast'
  const whole: ReaderOptions = {
    formats: ALL,
    tryHarder,
    tryInvert: false,
    tryDownscale: tryHarder,
  }
  const reads = await decode(image, whole)
  const looks = effort === 'hard' ? LOOKS.slice(0, 1) : LOOKS
  if (REGIONS[effort] > 0) {
    const grey = greyOf(image)
    for (const bars of findBars(grey).slice(0, REGIONS[effort])) {
      if (reads.some(({ x, y }) => holds(bars, x, y)) || Date.now() > until) continue
      const straight = upright(grey, bars)
      reads.push(...(await lookAt((look) => stripOf(grey, straight, look), bars, looks)))
    }
  }
  return distinct(reads)
}

/** What the first look that reads anything reads. */
async function lookAt(
  strip: (look: Look) => ImageData,
  { x, y }: Bars,
  looks: readonly Look[],
): Promise<Read[]> {
  for (const look of looks) {
    const reads = await decode(strip(look), STRIP)
    if (reads.length > 0) return reads.map((each) => ({ ...each, x, y }))
  }
  return []
}

async function decode(image: ImageData, options: ReaderOptions): Promise<Read[]> {
  const results = await readBarcodes(image, { textMode: 'Plain', ...options })
  return results.flatMap(({ isValid, text, format, position }) => {
    const symbology = NAMES[format]
    if (!isValid || !symbology) return []
    const [a, b] = [position.topLeft, position.bottomRight]
    return [{ text, symbology, x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }]
  })
}

function distinct(reads: readonly Read[]): Found[] {
  const found = new Map<string, Found>()
  for (const { text, symbology } of reads) found.set(`${symbology} ${text}`, { text, symbology })
  return [...found.values()]
}
