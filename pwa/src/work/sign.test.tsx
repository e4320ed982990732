/** The customer's word: drawn or typed, in two moments. */
import { expect, test } from 'vitest'
import { item, NOW } from '../tech/fixtures.ts'
import { inUi, plain } from '../tech/rendered.ts'
import { given } from './given.ts'
import { Sign, Signatures } from './sign.tsx'

const SIGNED = { name: 'Luc Tremblay', moment: 'route', at: NOW, by: 'Marc' }

test('what was signed stands with who signed, when, and where it is', () => {
  const kept = item('local', { id: 's1', kind: 'signature' })

  const words = plain(inUi(<Signatures {...given({ 'signatures/s1': SIGNED }, [kept])} />))

  expect(words).toMatch(/Accord sur le tracé Luc Tremblay · 14 h 05 .*Sur l'appareil/)
})

test('before anything is fitted the route is signed, afterwards conformity', () => {
  const picked = (cells: Record<string, unknown>) => {
    const html = inUi(<Sign {...given(cells)} />)
    return [...html.matchAll(/<input type="radio"[^>]*>/g)].map(([box]) => box.includes('checked'))
  }

  expect(picked({})).toEqual([true, false])
  expect(picked({ 'equipment/e1': { action: 'install', serial: 'A1B2C3', at: NOW } })).toEqual([
    false,
    true,
  ])
})

test('a visit that is read only shows what was signed and takes nothing', () => {
  expect(inUi(<Signatures {...given({})} locked />)).toBe('')
  expect(inUi(<Signatures {...given({ 'signatures/s1': SIGNED })} locked />)).not.toContain('/sign')
})

test('the customer is who signs unless another name is written, and a name is needed', () => {
  const named = inUi(<Sign {...given({})} />)
  const nameless = inUi(<Sign {...given({ contact: '' })} />)

  expect(named).toMatch(/<input[^>]*value="Luc Tremblay"/)
  expect(named).not.toContain('disabled')
  expect(nameless).toMatch(/<button[^>]*type="submit"[^>]*disabled/)
})

test('a signature that is all that was missing may end the visit, another one may not', () => {
  const checked = { 'checked/s1': { done: true, at: NOW, by: 'Marc' } }
  const checks = { 'verifications/v1': { reason: 'install', at: NOW, by: 'Marc' } }
  const fitted = { 'equipment/e1': { action: 'install', serial: 'A1B2C3', at: NOW } }
  const there = { status: 'on_site', ...checks, ...fitted }
  const words = (cells: object) => plain(inUi(<Sign {...given({ ...cells })} />))

  expect(words({ ...there, ...checked })).toContain('avec le nom seulement et terminer')
  expect(words(there)).not.toContain('et terminer')
  expect(words({ ...there, ...checked, required_photos: 1 })).not.toContain('et terminer')
})
