/** Materials are counted on one's own line, and the steps of an order stand in their order. */
import { expect, test } from 'vitest'
import { NOW, rowsWith } from '../tech/fixtures.ts'
import { inUi, plain } from '../tech/rendered.ts'
import { Chain } from './chain.tsx'
import { given } from './given.ts'
import { Materials } from './materials.tsx'
import { oneMore, usedOf } from './used.ts'

const LINE = { what: 'connector', count: 2, at: NOW, by: 'Julie Gagnon' }

test('a usual material is named, another keeps its words', () => {
  const other = { ...LINE, what: 'Gaine 3 m', count: 1, at: NOW + 1 }
  const words = plain(inUi(<Materials {...given({ 'materials/a': LINE, 'materials/b': other })} />))

  expect(words).toMatch(/2 × Connecteur .*1 × Gaine 3 m/)
})

test('one more counts on the line of whoever adds it, never on that of another', () => {
  const used = usedOf({ 'materials/a': LINE }, [])

  expect(oneMore(used, 'connector', 'Julie Gagnon')).toEqual({ line: 'a', count: 3 })
  expect(oneMore(used, 'connector', 'Marc Tremblay')).toEqual({ what: 'connector', count: 1 })
})

test('a visit that is read only shows its materials and changes none', () => {
  expect(inUi(<Materials {...given({})} locked />)).toBe('')
  expect(inUi(<Materials {...given({ 'materials/a': LINE })} locked />)).not.toContain('<button')
})

test('the steps before and after a visit are told, by their order and not by their place', () => {
  const props = given({ parent: 'job/r', step: 2 })
  const rows = rowsWith({ parent: 'job/r', step: 2 })
  rows.set('job/z', { parent: 'job/r', step: 3, job_type: 'installation', status: 'todo' })
  rows.set('job/r', { step: 1, job_type: 'installation', status: 'completed' })
  const chained = { ...props, snapshot: { ...props.snapshot, rows } }

  expect(plain(inUi(<Chain {...chained} />))).toMatch(
    /Avant .*Terminée .*Cette visite .*Ensuite .*À faire/,
  )
  expect(inUi(<Chain {...props} />)).toBe('')
})
