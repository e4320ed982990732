/** Where the bars of linear codes are: by the golden pictures that the server looks at as well. */
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test, vi } from 'vitest'
import * as bars from './bars.ts'
import type { Grey } from './grey.ts'
import * as strips from './strips.ts'

interface Region {
  x: number
  y: number
  degrees: number
  length: number
  height: number
}
interface Drawn extends Region {
  bar: number
}
interface Case {
  name: string
  width: number
  height: number
  codes: Drawn[]
  /** What both find there, the larger first. */
  found: Region[]
}
interface Golden {
  constants: Record<'bars' | 'strips', Record<string, number>>
  within: { pixels: number; degrees: number; changes: number }
  pictures: Case[]
}

const FILE = new URL('../../../sync/vectors/bars.json', import.meta.url)
const { constants, within, pictures } = JSON.parse(readFileSync(FILE, 'utf8')) as Golden

beforeAll(() => {
  vi.stubGlobal('ImageData', Picture)
})

/** Node has no ImageData. */
class Picture {
  readonly data: Uint8ClampedArray
  readonly width: number
  readonly height: number
  constructor(width: number, height: number) {
    this.width = width
    this.height = height
    this.data = new Uint8ClampedArray(width * height * 4)
  }
}

/** Dark and light bars of one width on light paper. */
function drawn({ width, height, codes }: Case): Grey {
  const pixels = new Float32Array(width * height).fill(200)
  for (const code of codes) {
    const turn = (code.degrees * Math.PI) / 180
    const [c, s] = [Math.cos(turn), Math.sin(turn)]
    for (let i = 0; i < pixels.length; i++) {
      const [dx, dy] = [(i % width) - code.x, Math.floor(i / width) - code.y]
      const [across, along] = [dx * c + dy * s + code.length / 2, dy * c - dx * s]
      const inside = across >= 0 && across < code.length && Math.abs(along) < code.height / 2
      if (inside && Math.floor(across / code.bar) % 2 === 0) pixels[i] = 30
    }
  }
  return { width, height, pixels }
}

/** How often dark and light change places along the middle of a strip. */
function changes({ data, width, height }: ImageData): number {
  const row = Array.from({ length: width }, (_, x) => data[(width * (height >> 1) + x) * 4] ?? 0)
  return row.filter((level, x) => x > 0 && level > 127 !== (row[x - 1] ?? 0) > 127).length
}

test.each(pictures)('$name: its bars are found where they are', (picture) => {
  const found = bars.findBars(drawn(picture))

  expect(found).toHaveLength(picture.found.length)
  for (const [i, golden] of picture.found.entries()) {
    const { x, y, angle, length, height } = found[i] as bars.Bars
    const middle = Math.hypot(x - golden.x, y - golden.y)
    const size = Math.hypot(length - golden.length, height - golden.height)
    expect(Math.max(middle, size)).toBeLessThanOrEqual(within.pixels)
    const turn = (angle * 180) / Math.PI - golden.degrees
    expect(Math.abs(turn)).toBeLessThanOrEqual(within.degrees)
  }
})

test.each(pictures)('$name: a strip has every bar', (picture) => {
  const grey = drawn(picture)

  for (const [i, found] of bars.findBars(grey).entries()) {
    const code = picture.codes[i] as Drawn
    const strip = strips.stripOf(grey, strips.upright(grey, found), { scale: 1, blur: 0 })
    expect(Math.abs(changes(strip) - code.length / code.bar)).toBeLessThanOrEqual(within.changes)
  }
})

test('the constants are those of the server', () => {
  expect(bars).toMatchObject(constants.bars)
  expect(strips).toMatchObject(constants.strips)
})
