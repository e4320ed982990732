/** Serial numbers, held to the server's rules by the golden cases it shares. */
import { expect, test } from 'vitest'
import { golden } from '../../tests/sync/vectors.ts'
import { GPON_VENDORS, grouped, othersOf, serialsOf, typedSerial } from './codes.ts'

interface Choice {
  name: string
  facts: [type: string, value: string][]
  serials: string[]
}

interface Typed {
  name: string
  text: string
  kind?: string
  value?: string
  fault?: string
}

test.each(golden<Choice>('facts', 'choices'))('$name', ({ facts, serials }) => {
  const codes = facts.map(([type, value]) => ({ text: value, symbology: '', type, value }))

  expect(serialsOf(codes).map((code) => code.value)).toEqual(serials)
})

test('what a label tells by several codes is shown once', () => {
  const mac = { text: '9C5322CC7EBD', symbology: 'code_128', type: 'mac', value: '9C5322CC7EBD' }
  const again = { ...mac, symbology: 'data_matrix', value: '9c5322cc7ebd' }
  const model = { ...mac, type: 'model', value: 'LTF7267' }

  expect(othersOf([mac, model, again])).toEqual([mac, model])
})

test.each(golden<Typed>('facts', 'typed'))('typed: $name', ({ text, kind, value, fault }) => {
  const expected = fault ? { ok: false, fault } : { ok: true, serial: value, type: kind }

  expect(typedSerial(text)).toEqual(expected)
})

test('the vendors are those of the server', () => {
  expect([...GPON_VENDORS].sort()).toEqual(golden<string>('facts', 'vendors'))
})

test('a serial number is shown in groups that an eye can compare and no line breaks', () => {
  expect(grouped('TPLG1A2B3C4D')).toBe('TPLG\u00a01A2B\u00a03C4D')
})

test('a serial number that has hyphens has its groups already', () => {
  expect(grouped('TPLG-0A1B2C3D')).toBe('TPLG-0A1B2C3D')
})
