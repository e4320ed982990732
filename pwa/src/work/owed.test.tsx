/** What the end of a visit asks for besides its steps, and what a new device leads to. */
import { expect, test } from 'vitest'
import { NOW } from '../tech/fixtures.ts'
import { inUi, plain } from '../tech/rendered.ts'
import { AfterSerial } from './after-serial.tsx'
import { Burst } from './burst.tsx'
import { given } from './given.ts'
import { owedOf } from './owed.ts'

const CHECK = { 'verifications/v1': { reason: 'install', at: NOW, by: 'Marc' } }
const PHOTO = { 'photos/p1': { blob: 'a'.repeat(64), slot: 'before', at: NOW, by: 'Marc' } }
const SIGNED = { 'signatures/s1': { name: 'Luc', moment: 'conformity', at: NOW, by: 'Marc' } }

function owed(cells: object): string[] {
  const { view, snapshot } = given({ status: 'on_site', ...cells })
  return owedOf(view, snapshot.rows.get('job/a') ?? {}, 'fr').map(({ word }) => word)
}

test('an installation asks for its check, its photos and a signature, in the order of the work', () => {
  const all = ['Vérifier la ligne', 'Photos\u00a0: 1 de 3', 'Faire signer']

  expect(owed({ ...PHOTO, required_photos: 3 })).toEqual(all)
  expect(owed({ ...PHOTO, ...CHECK, ...SIGNED, required_photos: 1 })).toEqual([])
})

test('a repair asks for the photos alone that are required', () => {
  expect(owed({ job_type: 'repair', required_photos: 1 })).toEqual(['Photos\u00a0: 0 de 1'])
  expect(owed({ job_type: 'repair' })).toEqual([])
})

test('a new device is followed by the check of its line, unless one was asked or nothing stays', () => {
  const offered = (job: object) =>
    plain(inUi(<AfterSerial jobKey="job/a" job={{ status: 'on_site', ...job }} />))

  expect(offered({ job_type: 'repair' })).toContain('Vérifier la ligne')
  expect(offered({ job_type: 'removal' })).toBe('')
  expect(offered(CHECK)).toBe('')
})

test('the row of photos begins at the first slot without one, and has the way by file', () => {
  const html = inUi(<Burst {...given({ ...PHOTO, required_photos: 3 })} />)

  expect(plain(html)).toContain('Photo : Entrée de fibre · 2 de 3')
  expect(html).toMatch(/<input[^>]*type="file"/)
})
