import { expect, test } from 'vitest'
import type { Cells, ConflictView } from '../sync/types.ts'
import { ConflictSheet } from './conflict-sheet.tsx'
import { NO_CALLS, NOW, rowsWith, TODAY } from './fixtures.ts'
import { inUi, plain } from './rendered.ts'

const OTHER = new Map<string, Cells>([
  ...rowsWith({}),
  ['job/b', { subject: 'Réparation', contact: 'contact/c2' }],
  ['contact/c2', { full_name: 'Chantal Roy' }],
])
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

function sheet(conflict: ConflictView, rows: Map<string, Cells>): string {
  return plain(
    inUi(<ConflictSheet conflict={conflict} rows={rows} today={TODAY} calls={NO_CALLS} />),
  )
}
