/**
 * Finds the bars of linear codes by the angle of their gradients, as `backend/vision/bars.py` does:
 * a decoder looks along a few straight lines near the horizontal, a hand holds a phone askew.
 */
import { type Grey, reduced } from './grey.ts'

/**
 * Where a linear code seems to be, in pixels: its middle, the angle across its bars (radians), its
 * length across them and its height along them.
 */
export interface Bars {
  x: number
  y: number
  angle: number
  length: number
  height: number
}

/** The structure tensor of each block: (Jxx - Jyy, 2 Jxy) is the doubled angle, twice over. */
interface Blocks {
  columns: number
  rows: number
  cosine: Float32Array
  sine: Float32Array
  energy: Float32Array
}

// Held to those of the server by `sync/vectors/bars.json`, as are the regions they find.
export const COPY_EDGE = 800
export const BLOCK = 8
export const COHERENCE = 0.55
// Of the strong blocks' energy: below it is paper, print of a photo, grain.
export const FAINTEST = 0.03
export const STRONG = 0.97
export const SAME_DEGREES = 15
// Of a group's width: narrower, it is two codes and what joins them.
export const WAIST = 0.5
export const LEAST_BLOCKS = 6
const SAME_ANGLE = Math.cos((2 * SAME_DEGREES * Math.PI) / 180)
const REGIONS = 6

/** The regions of parallel bars, the largest first. */
export function findBars(grey: Grey): Bars[] {
  const by = Math.max(1, Math.floor(Math.max(grey.width, grey.height) / COPY_EDGE))
  const blocks = structure(reduced(grey, by))
  return groups(blocks)
    .flatMap((group) => parts(turned(blocks, group)))
    .map((part) => box(part, BLOCK * by))
    .sort((a, b) => b.length * b.height - a.length * a.height)
    .slice(0, REGIONS)
}

/** Whether a point is inside. */
export function holds(bars: Bars, x: number, y: number): boolean {
  const [c, s] = [Math.cos(bars.angle), Math.sin(bars.angle)]
  const across = (x - bars.x) * c + (y - bars.y) * s
  const along = (y - bars.y) * c - (x - bars.x) * s
  return Math.abs(across) <= bars.length / 2 && Math.abs(along) <= bars.height / 2
}

function structure({ width, height, pixels }: Grey): Blocks {
  const [columns, rows] = [Math.floor((width - 2) / BLOCK), Math.floor((height - 2) / BLOCK)]
  const sums = [0, 1, 2].map(() => new Float32Array(Math.max(0, columns * rows)))
  const [xx, yy, xy] = sums as [Float32Array, Float32Array, Float32Array]
  for (let y = 0; y < rows * BLOCK; y++)
    for (let x = 0; x < columns * BLOCK; x++) {
      const at = (y + 1) * width + x + 1
      const gx = (pixels[at + 1] ?? 0) - (pixels[at - 1] ?? 0)
      const gy = (pixels[at + width] ?? 0) - (pixels[at - width] ?? 0)
      const to = Math.floor(y / BLOCK) * columns + Math.floor(x / BLOCK)
      xx[to] = (xx[to] ?? 0) + gx * gx
      yy[to] = (yy[to] ?? 0) + gy * gy
      xy[to] = (xy[to] ?? 0) + gx * gy
    }
  const [jxx, jyy, jxy] = sums.map((sum) => withNeighbours(sum, columns, rows))
  const cosine = (jxx as Float32Array).map((value, i) => value - (jyy?.[i] ?? 0))
  const sine = (jxy as Float32Array).map((value) => 2 * value)
  const energy = (jxx as Float32Array).map((value, i) => value + (jyy?.[i] ?? 0))
  return { columns, rows, cosine, sine, energy }
}

/** Each block with its eight neighbours, weighted 1 2 1 either way. */
function withNeighbours(sums: Float32Array, columns: number, rows: number): Float32Array {
  const at = (x: number, y: number) =>
    x < 0 || y < 0 || x >= columns || y >= rows ? 0 : (sums[y * columns + x] ?? 0)
  const row = (x: number, y: number) => at(x - 1, y) + 2 * at(x, y) + at(x + 1, y)
  return sums.map((_, i) => {
    const [x, y] = [i % columns, Math.floor(i / columns)]
    return row(x, y - 1) + 2 * row(x, y) + row(x, y + 1)
  })
}

/** Neighbouring blocks whose gradients all go one way, and the same way. */
function groups(blocks: Blocks): number[][] {
  const left = wanted(blocks)
  const found: number[][] = []
  for (const first of left) {
    left.delete(first)
    const group = [first]
    for (const block of group)
      for (const near of neighbours(blocks, block))
        if (left.has(near) && sameWay(blocks, block, near)) {
          left.delete(near)
          group.push(near)
        }
    found.push(group)
  }
  return found
}

function wanted({ cosine, sine, energy }: Blocks): Set<number> {
  const strong = [...energy].sort((a, b) => a - b)[Math.floor(energy.length * STRONG)] ?? 0
  const found = new Set<number>()
  for (const [i, each] of energy.entries()) {
    const strength = Math.hypot(cosine[i] ?? 0, sine[i] ?? 0)
    if (each > 0 && each > FAINTEST * strong && strength > COHERENCE * each) found.add(i)
  }
  return found
}

function neighbours({ columns, rows }: Blocks, block: number): number[] {
  const [x, y] = [block % columns, Math.floor(block / columns)]
  const near: number[] = []
  if (x > 0) near.push(block - 1)
  if (x < columns - 1) near.push(block + 1)
  if (y > 0) near.push(block - columns)
  if (y < rows - 1) near.push(block + columns)
  return near
}

function sameWay({ cosine, sine }: Blocks, a: number, b: number): boolean {
  const [ca, sa, cb, sb] = [cosine[a] ?? 0, sine[a] ?? 0, cosine[b] ?? 0, sine[b] ?? 0]
  return ca * cb + sa * sb > SAME_ANGLE * Math.hypot(ca, sa) * Math.hypot(cb, sb)
}

/** The blocks of a group in its own frame: `across` its bars, `along` them. */
interface Turned {
  angle: number
  points: readonly { across: number; along: number }[]
}

function turned({ columns, cosine, sine }: Blocks, group: readonly number[]): Turned {
  const sum = (values: Float32Array) => group.reduce((all, i) => all + (values[i] ?? 0), 0)
  const angle = Math.atan2(sum(sine), sum(cosine)) / 2
  const [c, s] = [Math.cos(angle), Math.sin(angle)]
  const points = group.map((i) => {
    const [x, y] = [i % columns, Math.floor(i / columns)]
    return { across: x * c + y * s, along: y * c - x * s }
  })
  return { angle, points }
}

/** The codes of a group: a frame's edge or a letter may join two, and is narrower than they. */
function parts({ angle, points }: Turned): Turned[] {
  const first = Math.min(...points.map(({ along }) => along))
  const rows: Turned['points'][number][][] = []
  for (const point of points) {
    const row = Math.round(point.along - first)
    rows[row] = [...(rows[row] ?? []), point]
  }
  const widest = Math.max(...rows.map((row) => row?.length ?? 0))
  const found: Turned['points'][number][][] = [[]]
  for (const row of rows) {
    if ((row?.length ?? 0) > widest * WAIST) found.at(-1)?.push(...(row ?? []))
    else found.push([])
  }
  return found
    .filter((part) => part.length >= LEAST_BLOCKS)
    .map((part) => ({ angle, points: part }))
}

/** The box round blocks of `size` pixels; back to pixels of the picture. */
function box({ angle, points }: Turned, size: number): Bars {
  const [c, s] = [Math.cos(angle), Math.sin(angle)]
  const across = extent(points.map((point) => point.across))
  const along = extent(points.map((point) => point.along))
  return {
    x: (across.middle * c - along.middle * s + 0.5) * size,
    y: (across.middle * s + along.middle * c + 0.5) * size,
    angle,
    length: (across.size + 1) * size,
    height: (along.size + 1) * size,
  }
}

function extent(values: readonly number[]): { middle: number; size: number } {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return { middle: (low + high) / 2, size: high - low }
}
