/** The visit's own line about its check, and the words of the chunk. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { NOW, rowsWith } from '../tech/fixtures.ts'
import { NextStep } from '../tech/next-step.tsx'
import { inUi, plain } from '../tech/rendered.ts'
import { visitView } from '../tech/visit.ts'
import type { VerifyProps } from '../tech/with-verify.tsx'
import { en } from './en.ts'
import { fr } from './fr.ts'
import { ended, given, WEAK } from './given.ts'
import { Section } from './section.tsx'

const LOCAL = { removed: new Map(), marks: new Map(), seen: {} }

function section({ snapshot }: VerifyProps, locked = false, type = 'repair'): string {
  vi.useFakeTimers({ now: NOW })
  const rows = new Map(snapshot.rows)
  rows.set('job/a', { ...rows.get('job/a'), job_type: type })
  const view = visitView(rows, 'job/a', [], LOCAL)
  const html = view ? inUi(<Section {...{ view, locked }} snapshot={{ ...snapshot, rows }} />) : ''
  vi.useRealTimers()
  return html
}

test('a visit tells how its check stands, the light, and how old that is', () => {
  const html = section(given({ v1: ended('fail', { checks: [WEAK] }) }))

  expect(plain(html)).toMatch(/Vérification Non conforme −28,1 dBm · il y a 4 min/)
  expect(html).toContain('href="#/job/a/verify"')
})

test('a visit that was not checked offers it, unless it is only to be read', () => {
  expect(plain(section(given({})))).toContain('Vérifier la ligne')
  expect(section(given({}), true)).toBe('')
  expect(section(given({}), false, 'removal')).toBe('')
})

test('a check that failed is named among what is missing, and locks nothing', () => {
  const done = { status: 'on_site', job_type: 'repair', checklist: [] }
  const view = visitView(rowsWith(done), 'job/a', [], LOCAL)
  const step = (unverified: boolean) =>
    view ? inUi(<NextStep {...{ view, unverified }} job={done} readOnly={false} />) : ''

  expect(plain(step(true))).toMatch(/Reste : Vérification Terminer/)
  expect(step(true)).toContain('href="#/job/a/verify"')
  expect(step(true)).not.toContain(' disabled')
  expect(plain(step(false))).not.toContain('Vérification')
})

test('every text of the chunk has the same holes in both languages, and is said somewhere', () => {
  const folder = 'src/verify'
  const said = readdirSync(folder)
    .filter((name) => /^(?!(fr|en)\.|.*\.test).*\.tsx?$/.test(name))
    .map((name) => readFileSync(`${folder}/${name}`, 'utf8'))
    .join()
  for (const [key, french] of Object.entries(fr.own)) {
    const english = en.own[key as keyof typeof fr.own]
    expect(holes(english), key).toEqual(holes(french))
    expect(said, key).toMatch(new RegExp(`\\.${key}\\b|'${key}'`))
    expect(french, key).not.toMatch(/[^\u00a0][?!:»]/)
  }
})

function holes(text: string): string[] {
  return [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort()
}
