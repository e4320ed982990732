/** Texts on labels, held to the server's rules by the golden cases that it shares. */
import { expect, test } from 'vitest'
import { golden } from '../../tests/sync/vectors.ts'
import { contradictions } from './crosschecks.ts'
import { classify, factsOf } from './facts.ts'

interface Case {
  name: string
  text: string
  symbology: string
  kind: string
  value: string
  shown?: string
  sticker_host?: string
}

interface Label {
  name: string
  codes: [text: string, symbology: string][]
  found: string[]
}

interface Message {
  name: string
  text: string
  facts: [type: string, value: string, text: string][]
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

test.each(golden<Message>('facts', 'messages'))('$name', ({ text, facts }) => {
  const symbology = 'data_matrix'

  expect(factsOf({ text, symbology })).toEqual(
    facts.map(([type, value, said]) => ({ type, value, text: said, symbology })),
  )
})

test.each(golden<Label>('facts', 'contradictions'))('$name', ({ codes, found }) => {
  const facts = codes.map(([text, symbology]) => classify({ text, symbology }))

  expect(contradictions(facts)).toEqual(found)
})
