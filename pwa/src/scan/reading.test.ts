/** What the phone reads on pictures that a hand takes. */
import { readFile } from 'node:fs/promises'
import { beforeAll, expect, test, vi } from 'vitest'
import { prepareZXingModule } from 'zxing-wasm/reader'
import { prepareZXingModule as prepareWriter, writeBarcode } from 'zxing-wasm/writer'
import { read } from './reading.ts'

const SERIAL = 'TPLG5D6E7F80'
const MODULES_HIGH = 40
const [WIDTH, HEIGHT, PIXELS_A_MODULE] = [900, 600, 4]

beforeAll(async () => {
  vi.stubGlobal('ImageData', Picture)
  const wasm = (kind: string) =>
    readFile(`node_modules/zxing-wasm/dist/${kind}/zxing_${kind}.wasm`).then(({ buffer }) => buffer)
  prepareZXingModule({ overrides: { wasmBinary: (await wasm('reader')) as ArrayBuffer } })
  prepareWriter({ overrides: { wasmBinary: (await wasm('writer')) as ArrayBuffer } })
})

/** Node has no ImageData. */
class Picture {
  readonly data: Uint8ClampedArray
  readonly width: number
  readonly height: number
  constructor(width: number, height: number) {
    this.width = width
    this.height = height
    this.data = new Uint8ClampedArray(width * height * 4).fill(255)
  }
}

/** A Code 128 in the middle of white paper, turned by an angle. */
async function photo(text: string, degrees: number): Promise<ImageData> {
  const { symbol } = await writeBarcode(text, { format: 'Code128' })
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]
  const image = new ImageData(WIDTH, HEIGHT)
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) {
      const [dx, dy] = [(x - WIDTH / 2) / PIXELS_A_MODULE, (y - HEIGHT / 2) / PIXELS_A_MODULE]
      const [across, along] = [dx * c + dy * s + symbol.width / 2, dy * c - dx * s]
      const inside = across >= 0 && across < symbol.width && Math.abs(along) < MODULES_HIGH / 2
      const dark = inside && symbol.data[Math.floor(across)] === 0
      const level = dark ? 30 : 220
      image.data.set([level, level, level, 255], (y * WIDTH + x) * 4)
    }
  return image
}

test('a code held straight is read on every frame', async () => {
  expect(await read(await photo(SERIAL, 2), 'fast')).toEqual([
    { text: SERIAL, symbology: 'code_128' },
  ])
})

test.each([12, 25, -33, 55, 120])('a code held askew by %i degrees is read', async (degrees) => {
  const picture = await photo(SERIAL, degrees)

  expect(await read(picture, 'hard')).toEqual([{ text: SERIAL, symbology: 'code_128' }])
})

test('paper has no code', async () => {
  expect(await read(new ImageData(WIDTH, HEIGHT), 'still')).toEqual([])
})
