/** The phone's verdict on light, held to the server's by the golden cases that both run. */
import { describe, expect, test } from 'vitest'
import { golden } from '../../tests/sync/vectors.ts'
import {
  type Check,
  checkText,
  judged,
  type Line,
  learnVerdicts,
  limitsOf,
  type Measured,
  meterCheck,
  type OpticalStatus,
  PLAUSIBLE,
  readDbm,
  reasonText,
  rxOnt,
  type Span,
  type State,
  stateText,
  stepText,
  story,
  THRESHOLDS,
  type Thresholds,
  todoText,
} from './index.ts'
import en from './words-en.json'
import fr from './words-fr.json'

learnVerdicts('fr', fr)
learnVerdicts('en', en)

interface Case {
  name: string
  line: Line
  summary: { opticalStatus: OpticalStatus[] }
  checks: { rx_ont: Check }
}

interface LimitsCase {
  name: string
  line: Line
  defaultClass: string
  opticalClass: string
  rxOnt: Span | null
}

interface Kept {
  name: string
  case: { summary: { opticalStatus: OpticalStatus[] }; atMs: number }
  verdict: { checks: (Check & { isRequired?: boolean })[] }
}

const AT = golden('verdict', 'at') as unknown as number
const GIVEN = golden('verdict', 'thresholds') as unknown as Thresholds
const WORSE: readonly State[] = ['pass', 'warning', 'unverified', 'fail']
const CLASSES = Object.entries(THRESHOLDS.classes)
// Every hundredth of a dB from beyond one end of what is possible to beyond the other.
const POWERS = Array.from({ length: 6001 }, (_, i) => (i - 5000) / 100)

test.each(golden<Case>('verdict'))('$name', ({ line, summary, checks }) => {
  expect(rxOnt(summary.opticalStatus, limitsOf(line), AT)).toEqual(checks.rx_ont)
})

test.each(golden<LimitsCase>('verdict', 'limits'))('limits: $name', (held) => {
  const thresholds = { ...GIVEN, default_class: held.defaultClass }

  const { opticalClass, rxOnt } = limitsOf(held.line, thresholds)

  expect([opticalClass, rxOnt ?? null]).toEqual([held.opticalClass, held.rxOnt])
})

test.each(golden<Measured & { name: string } & Record<'fr' | 'en', string>>('verdict', 'stories'))(
  'story: $name',
  (held) => {
    const { readings } = held as unknown as { readings: Measured[] }

    expect([story(readings, 'fr'), story(readings, 'en')]).toEqual([held.fr, held.en])
  },
)

test.each(golden<Kept>('verdict', 'replays'))('the light of $name', (kept) => {
  const expected = kept.verdict.checks.find(({ name }) => name === 'rx_ont')

  const { opticalStatus } = kept.case.summary
  const check = rxOnt(opticalStatus, limitsOf({ opticalClass: 'B+' }), kept.case.atMs)

  expect({ ...check, isRequired: true }).toEqual(expected)
})

describe.each(CLASSES)('class %s', (name, { rx_ont: span }) => {
  test('more light is never judged worse below the strong edge', () => {
    const judgements = POWERS.filter((dbm) => dbm <= span.pass[1]).map((dbm) => rank(dbm, span))

    expect(judgements).toEqual([...judgements].sort((one, other) => other - one))
  })

  test('less light is never judged worse above the weak edge', () => {
    const judgements = POWERS.filter((dbm) => dbm >= span.pass[0]).map((dbm) => rank(dbm, span))

    expect(judgements).toEqual([...judgements].sort((one, other) => one - other))
  })

  test('a meter reading passes only where the class says so', () => {
    const passed = [...POWERS, Number.NaN, Number.POSITIVE_INFINITY].filter(
      (dbm) => meterCheck(dbm, { opticalClass: name }, AT).state === 'pass',
    )

    expect(passed).toEqual(POWERS.filter((dbm) => dbm >= span.pass[0] && dbm <= span.pass[1]))
  })
})

test('an unknown class never passes', () => {
  expect(new Set(POWERS.map((dbm) => meterCheck(dbm, {}, AT).state))).toEqual(
    new Set(['unverified']),
  )
})

test.each([
  ['-22,4', -22.4],
  ['−22.45 dBm', -22.45],
  [' – 8 ', -8],
  ['-22.4dbm', -22.4],
  ['+1,5', 1.5],
  ['0', 0],
])('"%s" is a power', (text, dbm) => {
  expect(readDbm(text)).toBe(dbm)
})

test.each(['', '-', '22,4', '-99', '-22,456', '-2 2', '-22,', 'x-22', '--22', '-22 mW', '1e1'])(
  '"%s" is no power of a line',
  (text) => {
    expect(readDbm(text)).toBeUndefined()
  },
)

test('a power that can be typed is a possible one', () => {
  const read = POWERS.map((dbm) => readDbm(dbm.toFixed(2))).filter((dbm) => dbm !== undefined)

  expect(read).toEqual(POWERS.filter((dbm) => dbm >= PLAUSIBLE[0] && dbm <= PLAUSIBLE[1]))
})

test('what is wrong is told with what to do, in both languages', () => {
  expect(stateText('fail', 'fr')).toBe('Non conforme')
  expect(checkText('mesh', 'fr')).toBe('Bornes Wi-Fi')
  expect(reasonText('light-low', 'fr')).toBe('Signal faible')
  expect(todoText('light-low', 'fr')).toContain('Nettoie')
  expect(todoText('light-low', 'en')).toContain('Clean')
  expect(todoText('good', 'fr')).toBe('')
  expect(stepText('cleaned', 'fr')).toBe('après nettoyage')
})

test('nothing is said in one language that is not said in the other', () => {
  expect(paths(en)).toEqual(paths(fr))
})

test('a reason of a newer server is told by its code', () => {
  expect(reasonText('cosmic-ray', 'fr')).toBe('cosmic-ray')
  expect(reasonText('constructor', 'en')).toBe('constructor')
  expect(todoText('toString', 'fr')).toBe('')
})

test('French has a no-break space before its high punctuation', () => {
  const french = [...JSON.stringify(fr).matchAll(/:"([^"]*)"/g)].map(([, text = '']) => text)

  expect(french.length).toBeGreaterThan(60)
  for (const text of french) expect(text).not.toMatch(/[^\u00a0][?!:;»]/)
})

function paths(words: object, at = ''): string[] {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'string' ? [`${at}.${key}`] : paths(value, `${at}.${key}`),
  )
}

function rank(dbm: number, span: Span): number {
  return WORSE.indexOf(judged(dbm, span)[0])
}
