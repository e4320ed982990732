/** The words about the phone. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { en } from './en.ts'
import { fr } from './fr.ts'

/** Put together from a state of the news. */
const BY_STATE = /^news_(absent|none|denied|off|on|failed)$/

test('every text of the chunk has the same holes in both languages, and is said somewhere', () => {
  const folder = 'src/device'
  const said = readdirSync(folder)
    .filter((name) => /^(?!(fr|en)\.|.*\.test).*\.tsx?$/.test(name))
    .map((name) => readFileSync(`${folder}/${name}`, 'utf8'))
    .join()
  for (const [key, french] of Object.entries(fr)) {
    expect(holes(en[key as keyof typeof fr]), key).toEqual(holes(french))
    if (!BY_STATE.test(key)) expect(said, key).toMatch(new RegExp(`\\b${key}\\b`))
    expect(french, key).not.toMatch(/[^\u00a0][?!:»]/)
  }
})

function holes(text: string): string[] {
  return [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort()
}
