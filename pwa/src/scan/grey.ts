/** A picture in grey: what the search for bars works on. */

/** Luminance 0-255, row by row. */
export interface Grey {
  width: number
  height: number
  pixels: Float32Array
}

/** ITU-R BT.601 luma of an RGBA picture. */
export function greyOf({ data, width, height }: ImageData): Grey {
  const pixels = new Float32Array(width * height)
  for (let i = 0; i < pixels.length; i++) {
    const at = i * 4
    pixels[i] = 0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0)
  }
  return { width, height, pixels }
}

/** The mean of each square of `by` pixels. */
export function reduced(grey: Grey, by: number): Grey {
  if (by === 1) return grey
  const [width, height] = [Math.floor(grey.width / by), Math.floor(grey.height / by)]
  const pixels = new Float32Array(width * height)
  for (let y = 0; y < height * by; y++)
    for (let x = 0; x < width * by; x++) {
      const to = Math.floor(y / by) * width + Math.floor(x / by)
      pixels[to] = (pixels[to] ?? 0) + (grey.pixels[y * grey.width + x] ?? 0) / (by * by)
    }
  return { width, height, pixels }
}

/** The value between four pixels; paper outside the picture. */
export function sample({ width, height, pixels }: Grey, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)]
  if (left < 0 || top < 0 || left + 1 >= width || top + 1 >= height) return 255
  const [right, down] = [x - left, y - top]
  const at = top * width + left
  const over = (pixels[at] ?? 0) * (1 - right) + (pixels[at + 1] ?? 0) * right
  const under = (pixels[at + width] ?? 0) * (1 - right) + (pixels[at + width + 1] ?? 0) * right
  return over * (1 - down) + under * down
}
