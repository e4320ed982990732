import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const CSS = readFileSync('src/tokens.css', 'utf8')
const [LIGHT = '', DARK = ''] = CSS.split('prefers-color-scheme: dark')

const TEXT = ['text', 'soft', 'primary', 'ok', 'pending', 'error', 'conflict']
const FILLED = ['primary', 'pending', 'error', 'conflict']

// WCAG 2.2 success criterion 1.4.6: 7 to 1 for text; 1.4.11: 3 to 1 for what is not text.
test.each([
  ['light', LIGHT],
  ['dark', DARK],
])('every text of the %s palette can be read in the sun', (_name, css) => {
  for (const ground of ['card', 'page']) {
    for (const name of TEXT) {
      expect(contrast(css, name, ground), `${name} on ${ground}`).toBeGreaterThanOrEqual(7)
    }
    expect(contrast(css, 'line', ground), `line on ${ground}`).toBeGreaterThanOrEqual(3)
  }
  for (const ground of FILLED) {
    expect(contrast(css, 'on', ground), `on ${ground}`).toBeGreaterThanOrEqual(7)
  }
})

/** WCAG contrast ratio of two variables of a palette. */
function contrast(css: string, a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(css, a), luminance(css, b)].sort((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(css: string, name: string): number {
  const hex = css.match(new RegExp(`--${name}: #([0-9a-f]+);`))?.[1] ?? ''
  const full = hex.length === 3 ? hex.replace(/./g, '$&$&') : hex
  const [r = 0, g = 0, b = 0] = [0, 2, 4].map((i) =>
    linear(Number.parseInt(full.slice(i, i + 2), 16) / 255),
  )
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
}
