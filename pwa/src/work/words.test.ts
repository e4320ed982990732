/** The words of the gestures after the day. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { RETURNED } from '../sync/lines.ts'
import { en } from './en.ts'
import { fr } from './fr.ts'

test('every text of the chunk has the same holes in both languages, and is said somewhere', () => {
  const folder = 'src/work'
  const said = readdirSync(folder)
    .filter((name) => /^(?!(fr|en)\.|.*\.test).*\.tsx?$/.test(name))
    .map((name) => readFileSync(`${folder}/${name}`, 'utf8'))
    .join(RETURNED.join())
  for (const [key, french] of Object.entries(fr)) {
    const english = en[key as keyof typeof fr]
    expect(holes(english), key).toEqual(holes(french))
    expect(said, key).toMatch(new RegExp(`\\b${key}\\b`))
    expect(french, key).not.toMatch(/[^\u00a0][?!:»]/)
  }
})

function holes(text: string): string[] {
  return [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort()
}
