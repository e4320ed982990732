import { expect, test } from 'vitest'
import { en } from './en.ts'
import { fr } from './fr.ts'

type Leaf = string | ((...given: never[]) => string)

/** Every text of a language by its path, the functions called with plausible values. */
function texts(words: object, path = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of Object.entries(words) as [string, Leaf | object][]) {
    const here = `${path}.${name}`
    if (typeof value === 'object')
      for (const [key, text] of texts(value, here)) found.set(key, text)
    else found.set(here, typeof value === 'string' ? value : value(...([3, 7] as never[])))
  }
  return found
}

test.each([
  ['French', fr],
  ['English', en],
])('%s says every word of the board', (_name, words) => {
  const empty = [...texts(words)].filter(([, text]) => text.trim() === '')

  expect(empty).toEqual([])
  expect(texts(words).size).toBeGreaterThan(100)
})

test('both languages have the same words', () => {
  expect([...texts(en).keys()]).toEqual([...texts(fr).keys()])
})

test('French has a no-break space before its colons, English has no space', () => {
  const french = [...texts(fr).values()].filter((text) => / :|[a-zé]:/.test(text))
  const english = [...texts(en).values()].filter((text) => /\s:/.test(text))

  expect([french, english]).toEqual([[], []])
})

test('zero is singular in French and plural in English', () => {
  expect(fr.tile.parked(0)).toBe('0\u00a0document mis de côté')
  expect(fr.tile.parked(2)).toBe('2\u00a0documents mis de côté')
  expect(en.tile.parked(0)).toBe('0\u00a0documents set aside')
})
