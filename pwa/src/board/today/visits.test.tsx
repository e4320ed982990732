import { expect, test } from 'vitest'
import { BUSY, html, text, VISIT } from '../given.tsx'
import { placeOf, visitAsked } from './opening.tsx'
import { byTechnician } from './visits.tsx'

test('what the office moved and ERPNext has not is hatched, in words too', () => {
  const markup = html({ ...BUSY, visits: [{ ...VISIT, unfiled: ['window_start'] }] })

  expect(markup).toContain('<span class="hours hatched">')
  expect(text(markup)).toContain('pas encore dans ERPNext')
})

test('a visit says its device time, when it was received, and what is not on file', () => {
  const markup = html(BUSY)

  expect(text(markup)).toContain('Terminée 14 h 05 , pas encore au dossier (reçu 14 h 40)')
  expect(markup).toContain('class="chip s-completed hatched"')
  expect(markup).toContain('<span class="serial">TPLG1A2B3C4D</span>')
  expect(text(markup)).toContain('1 étiquette à confirmer')
})

test("a link to a visit of today's finds its line, which can take the keyboard", () => {
  const place = placeOf(visitAsked('?visit=1'), BUSY.visits)

  expect(html(BUSY, 'fr', 'live', '1')).toContain(`<tr id="${place}" tabindex="-1">`)
  expect(html(BUSY, 'fr', 'live', '1')).not.toContain('inconnue')
})

test('a visit that the board does not show is said to be unknown, in either language', () => {
  const [french, english] = [html(BUSY, 'fr', 'live', '9'), html(BUSY, 'en', 'live', '9')]

  expect(french).toContain('<p class="trouble" tabindex="-1">La visite demandée est inconnue')
  expect(text(english)).toContain('The job asked for is unknown')
  expect(visitAsked('')).toBe('')
})

test('neighbouring visits of one technician make a group', () => {
  const other = { ...VISIT, key: 'job/2', technician: 'technician/2' }

  const groups = byTechnician([VISIT, { ...VISIT, key: 'job/3' }, other])

  expect(groups.map((group) => group.map(({ key }) => key))).toEqual([
    ['job/1', 'job/3'],
    ['job/2'],
  ])
})

test('a visit made here says so, hatched, until ERPNext has it', () => {
  const here = { ...VISIT, madeHere: true, unfiled: ['technician', 'date'] }
  const markup = html({ ...BUSY, visits: [here] })

  expect(markup).toContain('<th scope="row" data-label="Client" class="hatched">')
  expect(text(markup)).toContain('▲ créée ici, pas encore au dossier')
  expect(text(html({ ...BUSY, visits: [here] }, 'en'))).toContain('created here, not yet on file')
  expect(html(BUSY)).not.toContain('créée ici')
})
