/** On the way: the customer is told in his own language, and the hour only when it is known. */
import { expect, test } from 'vitest'
import { item, NOW, rowsWith, ZONE } from '../tech/fixtures.ts'
import { inUi, plain, plainSpaces } from '../tech/rendered.ts'
import { given } from './given.ts'
import { onTheWayText } from './on-the-way.ts'
import { Tell } from './tell.tsx'

const LEFT = { status: 'en_route', 'marks/m1': { to: 'en_route', at: NOW, by: 'Marc' } }
const told = (at: number) => ({ 'notices/n1': { via: 'phone', minutes: 0, at, by: 'Marc' } })

test('the text says vous, names the technician, and the hour in the site zone if it is known', () => {
  const said = (lang: 'fr' | 'en', minutes: number) =>
    plainSpaces(onTheWayText(lang, 'Marc Tremblay', minutes, NOW, ZONE))

  expect(said('fr', 0)).toBe('Bonjour, Marc, votre technicien, est en route vers votre adresse.')
  expect(said('fr', 20)).toContain('Arrivée prévue vers 14 h 25.')
  expect(said('en', 20)).toMatch(/Expected around 2:25.p\.m\./)
})

test('the text opens in the phone in the language of the customer', () => {
  const props = given(LEFT)
  const rows = rowsWith(LEFT)
  rows.set('contact/c1', { phone: '450 555-0101', language: 'en' })
  const english = { ...props, snapshot: { ...props.snapshot, rows } }

  expect(decodeURIComponent(inUi(<Tell {...props} />))).toMatch(/sms:[^?]+\?&(amp;)?body=Bonjour/)
  expect(decodeURIComponent(inUi(<Tell {...english} />))).toContain('Hello, Marc')
})

test('a customer who was told stands with the time and its state; one of an earlier way does not', () => {
  const kept = item('local', { id: 'n1', kind: 'notice' })

  expect(plain(inUi(<Tell {...given({ ...LEFT, ...told(NOW + 1) }, [kept])} />))).toMatch(
    /Sur l'appareil Prévenu à 14 h 05/,
  )
  expect(plain(inUi(<Tell {...given({ ...LEFT, ...told(NOW - 1) })} />))).not.toContain('Prévenu')
})

test('only somebody on the way tells so', () => {
  expect(inUi(<Tell {...given({ status: 'on_site' })} />)).toBe('')
  expect(inUi(<Tell {...given(LEFT)} locked />)).toBe('')
})
