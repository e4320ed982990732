/** The proof of a day counts what was done today, and names what is not on file. */
import { expect, test } from 'vitest'
import { item, NOW, snapshotWith, TODAY, ZONE } from '../tech/fixtures.ts'
import { inUi, plain } from '../tech/rendered.ts'
import './given.ts'
import { proofOf } from './proof.ts'
import { Proof } from './proof.tsx'

const DAY_MS = 86_400_000
const proof = (items: ReturnType<typeof item>[]) =>
  plain(inUi(<Proof snapshot={snapshotWith({ items })} today={TODAY} />))

test('a day that is on file says so, and a day without gestures says nothing', () => {
  expect(proof([item('done'), item('done', { id: 'm-2' })])).toContain('2 gestes, 2 au dossier')
  expect(proof([])).toBe('')
})

test('what is missing is named with where it stands', () => {
  expect(proof([item('done'), item('local')])).toMatch(
    /2 gestes, 1 au dossier .*Statut Sur place – Luc Tremblay Sur l'appareil/,
  )
})

test('gestures of another day, and those given up, are not counted; a photo needs its bytes', () => {
  const yesterday = item('local', { madeAt: NOW - DAY_MS })
  const photo = item('done', { id: 'm-3', kind: 'photo', blobsWaiting: 1 })

  const found = proofOf({ items: [yesterday, item('abandoned'), photo] }, ZONE, TODAY)

  expect(found).toEqual({ gestures: 1, filed: 0, missing: [photo] })
})
