import { expect, test } from 'vitest'
import type { Cells, ConflictView } from '../sync/types.ts'
import { NO_CALLS, NOW, rowsWith, TODAY } from '../tech/fixtures.ts'
import { inUi, plain } from '../tech/rendered.ts'
import { ConflictSheet } from './conflict-sheet.tsx'
import { learn } from './words.ts'

await learn('fr')

const OTHER = new Map<string, Cells>([
  ...rowsWith({}),
  ['job/b', { subject: 'Réparation', contact: 'contact/c2' }],
  ['contact/c2', { full_name: 'Chantal Roy' }],
])
const STATUS: ConflictView = {
  id: 'x',
  key: 'job/a',
  path: 'status',
  base: 'on_site',
  mine: 'completed',
  theirs: 'cancelled',
  author: 'Marc Tremblay',
  otherAuthor: 'Julie',
  madeAt: NOW,
  otherAt: NOW - 180_000,
  soft: false,
  mayKeep: false,
  chosen: '',
}
const BOUND: ConflictView = {
  id: 'x',
  key: 'job/a',
  path: 'equipment/m-1',
  base: null,
  mine: 'TPLG1A2B3C4D',
  theirs: 'job/b',
  author: 'Marc Tremblay',
  otherAuthor: '',
  madeAt: NOW,
  otherAt: 0,
  soft: false,
  mayKeep: false,
  chosen: '',
}

test('a serial number of another visit names that visit, and its own number in groups', () => {
  const text = sheet(BOUND, OTHER)

  expect(text).toContain('Équipement – Luc Tremblay')
  expect(text).toContain('Toi (14 h 05) : TPLG 1A2B 3C4D')
  expect(text).toContain('Déjà sur la visite de Chantal Roy')
  expect(text).not.toMatch(/Bureau \(|Bureau :|job\/|Avant/)
})

test('a serial number of a visit that is not on this phone says so without its key', () => {
  const text = sheet(BOUND, rowsWith({}))

  expect(text).toContain('Déjà sur une autre visite')
  expect(text).not.toContain('job/')
})

test('the choices over a serial number speak of the two visits', () => {
  expect(sheet(BOUND, OTHER)).toContain("Laisser à l'autre visite Demander au bureau")
  expect(sheet({ ...BOUND, chosen: 'theirs' }, OTHER)).toContain("Tu le laisses à l'autre visite")
})

test('a value without a time is shown without one', () => {
  const text = sheet({ ...BOUND, path: 'phone', mine: '1', theirs: '2' }, OTHER)

  expect(text).toContain('Bureau : 2')
})

test("what only the office can give back is not offered as one's own choice", () => {
  const text = sheet(STATUS)

  expect(text).not.toContain('Garder ma version')
  expect(text).toContain('Seul le bureau peut revenir là-dessus. Ton travail reste noté.')
  expect(text).toContain('Garder celle du bureau Demander au bureau')
})

test('a choice that is on its way is said and not asked again', () => {
  const mine = { ...STATUS, mayKeep: true }
  const open = sheet(mine)
  const chosen = sheet({ ...mine, chosen: 'mine' })

  expect(open).toContain('Garder ma version Garder celle du bureau Demander au bureau')
  expect(chosen).toContain('Tu gardes ta version')
  expect(chosen).not.toContain('Garder ma version')
})

test('a conflict shows both values, both authors, both times', () => {
  const text = sheet(STATUS)

  expect(text).toContain('Toi (14 h 05) : Terminée')
  expect(text).toContain('Bureau – Julie (14 h 02) : Annulée')
  expect(text).toContain('Avant : Sur place')
})

function sheet(conflict: ConflictView, rows: Map<string, Cells> = rowsWith({})): string {
  return plain(
    inUi(<ConflictSheet conflict={conflict} rows={rows} today={TODAY} calls={NO_CALLS} />),
  )
}
