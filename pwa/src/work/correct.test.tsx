/** A number that was reported wrong: how it is corrected, and what the visit says afterwards. */
import { expect, test } from 'vitest'
import { effects, written } from '../sync/effects.ts'
import type { Cells } from '../sync/types.ts'
import { NOW } from '../tech/fixtures.ts'
import { inUi, plain } from '../tech/rendered.ts'
import { Equipment } from '../tech/visit-sections.tsx'
import { Correct } from './correct.tsx'
import { given } from './given.ts'
import { EquipmentWays } from './ways.tsx'

const line = (serial: string, action = 'install'): Cells => {
  return { action, serial, source: 'typed', at: NOW, by: 'Marc' }
}

const finished = (cells: Cells) => given({ status: 'completed', ...cells })

test('a finished visit offers to correct what is fitted, and nothing else', () => {
  const ways = (cells: Cells) => inUi(<EquipmentWays {...finished(cells)} />)

  expect(ways({ 'equipment/e1': line('TPLGA1B2C3D4') })).toContain('href="#/job/a/correct"')
  expect(ways({ 'equipment/e1': line('TPLGA1B2C3D4', 'remove') })).not.toContain('correct')
  expect(ways({})).not.toContain('correct')
})

test('one number is the one to correct, of several one is picked', () => {
  const one = { 'equipment/e1': line('TPLGA1B2C3D4') }
  const two = { ...one, 'equipment/e2': line('TPLGA1B2C3D5') }

  expect(plain(inUi(<Correct {...finished(one)} />))).toContain('Numéro à corriger TPLG A1B2 C3D4')
  expect(inUi(<Correct {...finished(two)} />).match(/type="radio"/g)).toHaveLength(2)
})

test('after a correction the right number stands alone, with the wrong one and why', () => {
  const args = { wrong: 'TPLGA1B2C3D4', right: 'TPLGA1B2C3D5', reason: 'Faute de frappe' }
  const before: Cells = { 'equipment/e1': line('TPLGA1B2C3D4') }
  const intent = { id: 'c1', kind: 'correct', key: 'job/a', args, base: 0, made_at: NOW }
  const effect = effects(intent, before, 'Marc')
  const after = 'writes' in effect ? written(before, effect.writes) : {}

  const { view, snapshot } = finished(after)
  const words = plain(
    inUi(<Equipment {...{ view, held: snapshot }} locked={true} children={null} />),
  )

  expect(view.equipment.map(({ serial }) => serial)).toEqual(['TPLGA1B2C3D5'])
  expect(words).toContain('au lieu de TPLG A1B2 C3D4 : Faute de frappe')
})
