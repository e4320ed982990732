/** Texts on labels, held to the server's rules by the golden cases that it shares. */
import { expect, test } from 'vitest'
import { golden } from '../../tests/sync/vectors.ts'
import { classify } from './facts.ts'

interface Case {
  name: string
  text: string
  symbology: string
  kind: string
  value: string
  shown?: string
  sticker_host?: string
}

test.each(golden<Case>('facts', 'cases'))('$name', (held) => {
  const { text, symbology, kind, value } = held

  expect(classify({ text, symbology }, held.sticker_host)).toEqual({
    text: held.shown ?? text,
    symbology,
    type: kind,
    value,
  })
})
