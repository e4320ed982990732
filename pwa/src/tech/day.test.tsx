import { render } from 'preact-render-to-string'
import { expect, test } from 'vitest'
import { clock, clockIn } from '../i18n/format.ts'
import { LANGUAGES, type Lang, translator } from '../i18n/translate.ts'
import { FIELD_STEPS, REASONS_NOT_COMPLETED, REASONS_ON_HOLD } from '../sync/job-status.ts'
import type { Cells } from '../sync/types.ts'
import { type DayView, dayView } from './day.ts'
import { DayScreen } from './day-screen.tsx'
import { STATIC_UI } from './rendered.ts'
import { neutralStrip } from './strip.ts'
import { UiContext } from './ui.ts'
import vectors from './vectors/day.json'
import status from './vectors/status.json'

interface Vector {
  name: string
  today: string
  day?: string
  now: number
  office_phone: string
  lang: string
  rows: Record<string, Cells>
  view: DayView
}

const VECTORS = vectors as unknown as Vector[]
const viewOf = (vector: Vector) =>
  dayView(new Map(Object.entries(vector.rows)), vector.today, vector.day)

test.each(VECTORS)('the day of vector $name is what Python decides too', (vector) => {
  expect(viewOf(vector)).toEqual(vector.view)
})

test.each(VECTORS)('the HTML of vector $name is what the server renders too', async (vector) => {
  const t = translator(vector.lang as Lang)

  const html = render(
    <UiContext.Provider value={{ ...STATIC_UI, t }}>
      <DayScreen
        view={viewOf(vector)}
        strip={neutralStrip(t)}
        waiting={0}
        age={{ words: clock(t, clockIn('America/Toronto', vector.now)), old: false }}
        officePhone={vector.office_phone}
        ended={false}
      />
    </UiContext.Provider>,
  )

  await expect(normalised(html)).toMatchFileSnapshot(`vectors/${vector.name}.html.txt`)
})

test('the words that Python renders with are these words', async () => {
  const text = `${JSON.stringify(LANGUAGES, null, 2)}\n`

  await expect(text).toMatchFileSnapshot('vectors/i18n.json')
})

test('the status table is that of the engine', () => {
  const sorted = Object.entries(FIELD_STEPS).map(([from, to]) => [from, [...to].sort()])

  expect(Object.fromEntries(sorted)).toEqual(status.steps)
  expect([...REASONS_NOT_COMPLETED].sort()).toEqual(status.not_completed)
  expect([...REASONS_ON_HOLD].sort()).toEqual(status.on_hold)
})

/** One tag a line, so that a difference is easy to read; the twin is in the Python test. */
function normalised(html: string): string {
  const text = html.replaceAll('&#39;', "'").replaceAll('&#34;', '&quot;').replaceAll('&gt;', '>')
  return `${text.replace(/>\s+/g, '>').replace(/\s+</g, '<').replaceAll('<', '\n<').trim()}\n`
}
