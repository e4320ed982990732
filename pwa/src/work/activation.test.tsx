/** What a visit says of the activation of its line, and when it can be asked. */
import { expect, test } from 'vitest'
import type { Cells, Item } from '../sync/types.ts'
import { item, NOW } from '../tech/fixtures.ts'
import { inUi, plain } from '../tech/rendered.ts'
import { Activation } from './activation.tsx'
import { given } from './given.ts'

const ASKED = { what: 'activation', value: null, text: '', state: 'asked', at: NOW, by: 'Marc' }

function section(cells: Cells, items: Item[] = [], locked = false): string {
  return inUi(<Activation {...given({ status: 'on_site', ...cells }, items)} locked={locked} />)
}

test('a visit offers to ask for the activation, unless it is read only or a removal', () => {
  expect(plain(section({}))).toContain("Demander l'activation")
  expect(section({}, [], true)).toBe('')
  expect(section({ job_type: 'removal' })).toBe('')
})

test('a request says where the gesture and the office stand, and is not asked twice', () => {
  const local = item('local', { id: 'q1', kind: 'request' })

  const words = plain(section({ 'requests/q1': ASKED }, [local]))

  expect(words).toMatch(/Demandée .*14 h 05 .*Sur l'appareil/)
  expect(words).not.toContain('Demander')
  expect(plain(section({ 'requests/q1': ASKED, activation: 'asked' }))).toContain(
    'Le bureau a la demande.',
  )
})

test('a refusal says who and why, and can be asked again; what is activated cannot', () => {
  const answer = { by: 'Julie', text: 'Port en défaut', at: NOW }
  const answered = (state: string) => section({ 'requests/q1': { ...ASKED, state, answer } })

  expect(plain(answered('refused'))).toMatch(/Refusée .*Julie : Port en défaut .*Redemander/)
  expect(plain(answered('granted'))).toContain('Activée')
  expect(answered('granted')).not.toContain('<button')
})

test('a request that the server did not take can be asked again', () => {
  const refused = item('rejected', { id: 'q1', kind: 'request', reason: 'not-requestable' })

  expect(section({ 'requests/q1': ASKED }, [refused])).toContain('<button')
})
