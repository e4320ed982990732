import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { clock, clockIn, dayAndMonth, longDate, moment, shortDate, size } from './format.ts'
import type { Plural } from './fr.ts'
import { LANGUAGES, named, translator } from './translate.ts'

const fr = translator('fr')
const en = translator('en')
const NBSP = '\u00a0'

// Keys that are put together from a code: their last part is a value of the data.
const BY_CODE =
  /^((type|tag|status|reason|state|code|source|field|error)\.|nav\.(day|scan|outbox|help)|day\.(today|tomorrow|yesterday)|scan\.(bad_characters|bad_length|no_digit|free|unknown)|enrol\.(unknown|limit)_title)/

test('every hole of a French text is in the English one, and no other', () => {
  for (const [key, french] of Object.entries(LANGUAGES.fr)) {
    const english = LANGUAGES.en[key as keyof typeof LANGUAGES.fr]

    expect(holes(english), key).toEqual(holes(french))
  }
})

test('French has a no-break space before its high punctuation', () => {
  for (const [key, text] of Object.entries(LANGUAGES.fr)) {
    expect(JSON.stringify(text).replace(/"[a-z]+":/g, ''), key).not.toMatch(
      /[^\u00a0"]:|[^\u00a0][?!»]/,
    )
  }
})

test('no word is written that no screen says', () => {
  const said = [
    ...sources('src/tech'),
    ...sources('src/scan'),
    ...sources('src/i18n'),
    ...sources('../backend/tech'),
  ].join()
  const unsaid = Object.keys(LANGUAGES.fr).filter(
    (key) => !BY_CODE.test(key) && !said.includes(`'${key}'`) && !said.includes(`"${key}"`),
  )

  expect(unsaid).toEqual([])
})

test('no screen holds a word of its own', () => {
  const files = listed('src/tech').filter(
    (file) => file.endsWith('.tsx') && !file.includes('.test.'),
  )

  expect(files.length).toBeGreaterThan(8)
  for (const file of files) expect(ownWords(readFileSync(file, 'utf8')), file).toEqual([])
})

test('a word written in a screen is found', () => {
  expect(ownWords('<p class="soft">Aucune visite</p>')).toEqual(['Aucune visite'])
  expect(ownWords('<a title="Carte" href={x}>{t("a.b")}</a>')).toEqual(['Carte'])
  expect(ownWords('<p>{t("a.b")}</p>')).toEqual([])
})

test('zero is singular in French and plural in English', () => {
  expect(fr('strip.local', { n: 0 })).toBe("0 envoi sur l'appareil")
  expect(fr('strip.local', { n: 2 })).toBe("2 envois sur l'appareil")
  expect(en('outbox.attempts', { n: 0 })).toBe('0 attempts')
})

test('a code that the vocabulary does not know is shown as it is', () => {
  expect(named(fr, 'tag', 'dog')).toBe('Chien')
  expect(named(fr, 'tag', 'échelle 28 pi')).toBe('échelle 28 pi')
  expect(named(fr, 'tag', 'toString')).toBe('toString')
})

test('hours are those of the site, whatever the phone says', () => {
  expect(clockIn('America/Toronto', Date.UTC(2026, 10, 23, 19, 5))).toBe('14:05')
  expect(clockIn('America/Toronto', Date.UTC(2026, 6, 23, 4, 0))).toBe('00:00')
})

test('hours and dates are written as in Québec', () => {
  expect(clock(fr, '14:05')).toBe(`14${NBSP}h${NBSP}05`)
  expect(clock(fr, '15:00')).toBe(`15${NBSP}h`)
  expect(clock(en, '14:05')).toBe(`2:05${NBSP}p.m.`)
  expect(clock(en, '00:30')).toBe(`12:30${NBSP}a.m.`)
  expect(longDate(fr, '2026-11-23')).toBe('lundi 23 novembre 2026')
  expect(longDate(fr, '2026-12-01')).toBe('mardi 1er décembre 2026')
  expect(longDate(en, '2026-11-23')).toBe('Monday, November 23, 2026')
  expect(dayAndMonth(fr, '2026-12-01')).toBe('mardi 1er décembre')
  expect(dayAndMonth(en, '2026-11-23')).toBe('Monday, November 23')
  expect(shortDate(fr, '2026-11-25')).toBe(`mer.${NBSP}25`)
})

test('an instant of another day says which', () => {
  const at = Date.UTC(2026, 10, 22, 19, 5)

  expect(moment(fr, 'America/Toronto', at, '2026-11-23')).toBe(`dim.${NBSP}22 14${NBSP}h${NBSP}05`)
  expect(moment(fr, 'America/Toronto', at, '2026-11-22')).toBe(`14${NBSP}h${NBSP}05`)
})

test('sizes have a decimal comma in French', () => {
  expect(size(fr, 1_420_000)).toBe(`1,4${NBSP}Mo`)
  expect(size(en, 312_400)).toBe(`312${NBSP}kB`)
  expect(size(fr, 850)).toBe(`850${NBSP}o`)
})

function holes(entry: string | Plural): string[] {
  const text = typeof entry === 'string' ? entry : entry.one
  return [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort()
}

/** Text between tags, and text in the attributes that people see or hear. */
function ownWords(source: string): string[] {
  const between = source.matchAll(/>\s*([^<>{}()=;:&|]*\p{L}{2}[^<>{}()=;:&|]*?)\s*<\//gu)
  const spoken = source.matchAll(/\b(?:aria-label|title|placeholder|alt)="([^"]+)"/g)
  return [...between, ...spoken].map(([, words = '']) => words)
}

function sources(folder: string): string[] {
  return listed(folder).map((file) => readFileSync(file, 'utf8'))
}

function listed(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(tsx?|py|j2)$/.test(name) && !/(^|\/)(fr|en|.*\.test)\.tsx?$/.test(name))
    .map((name) => join(folder, name))
}
