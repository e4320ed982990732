import type { VNode } from 'preact'
import { render } from 'preact-render-to-string'
import { expect, test } from 'vitest'
import { translator } from '../../i18n/translate.ts'
import { type WorkLine, whatOf } from '../desk/lines.tsx'
import { UiContext } from '../ui.tsx'
import { en } from '../words/en.ts'
import { fr } from '../words/fr.ts'
import { isOpen } from './accept.tsx'
import { type Check, Row } from './checks.tsx'

const NOW = Date.UTC(2026, 10, 23, 19, 5)
const WEAK: Check = {
  id: 'v1',
  key: 'job/a',
  visit: 'Marie Roy',
  by: 'Marc',
  at: NOW,
  receivedAt: NOW,
  measuredAt: NOW,
  state: 'done',
  verdict: 'fail',
  rxDbm: -28.9,
  rxChangeDb: null,
  remarks: [{ id: 'rx_ont', result: 'fail', reason: 'light-too-low' }],
  accepted: '',
  isPrinted: true,
}
const FRENCH = { w: fr, t: translator('fr'), zone: 'America/Toronto', today: '2026-11-23' }
const ENGLISH = { ...FRENCH, w: en, t: translator('en') }

function shown(node: VNode, ui: typeof FRENCH | typeof ENGLISH): string {
  const markup = render(<UiContext.Provider value={ui}>{node}</UiContext.Provider>)
  return markup.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
}

test('what is wrong with a line is said in words, in both languages', () => {
  expect(shown(<Row line={WEAK} may />, FRENCH)).toContain(
    'Signal reçu par le modem Signal trop faible',
  )
  expect(shown(<Row line={WEAK} may />, ENGLISH)).toContain(
    'Light received by the modem Light is too weak',
  )
})

test('the office may answer for a check that did not pass, once', () => {
  expect(shown(<Row line={WEAK} may />, FRENCH)).toContain('Accepter quand même')
  expect(isOpen({ ...WEAK, verdict: 'unverified', state: 'timeout' })).toBe(true)
  expect(isOpen({ ...WEAK, verdict: 'pass' })).toBe(false)
  expect(isOpen({ ...WEAK, verdict: '', state: 'running' })).toBe(false)
  expect(shown(<Row line={{ ...WEAK, accepted: 'Long câble' }} may />, FRENCH)).not.toContain(
    'Accepter',
  )
})

test('a check leads to its report, and to the PDF where somebody prints', () => {
  const page = '/board/visits/a/report'
  const markup = (line: Check, ui: typeof FRENCH | typeof ENGLISH) =>
    render(
      <UiContext.Provider value={ui}>
        <Row line={line} may />
      </UiContext.Provider>,
    )

  expect(markup(WEAK, FRENCH)).toContain(`href="${page}?lang=fr">Rapport<`)
  expect(markup(WEAK, ENGLISH)).toContain(`href="${page}.pdf?lang=en">PDF report<`)
  expect(markup({ ...WEAK, isPrinted: false }, FRENCH)).not.toContain('.pdf')
})

test('the timeline says a verdict in words', () => {
  const line = { kind: 'verified', args: { verdict: 'fail' } } as unknown as WorkLine

  expect(whatOf(FRENCH, line)).toBe('Vérification Non conforme')
  expect(whatOf(ENGLISH, line)).toBe('Check Fail')
  expect(whatOf(FRENCH, { ...line, args: { state: 'running' } })).toBe('Vérification')
})
