/** The photos of a visit: named, counted, the next one first. */
import { expect, test } from 'vitest'
import { item, NOW } from '../tech/fixtures.ts'
import { inUi, plain } from '../tech/rendered.ts'
import { given } from './given.ts'
import { Photos } from './photos.tsx'
import { photosOf } from './slots.ts'

const photo = (slot: string) => ({ blob: 'a'.repeat(64), slot, at: NOW, by: 'Marc' })

test('the next photo is the first slot without one, and what is required is counted', () => {
  const cells = { 'photos/p1': photo('before'), 'photos/p2': photo('door'), required_photos: 3 }

  const words = plain(inUi(<Photos {...given(cells)} />))

  expect(words).toMatch(/Photos 2 de 3 requises Avant .*Porte .*Photo : Entrée de fibre/)
})

test('a photo whose bytes are still here says that it waits', () => {
  const kept = item('received', { id: 'p1', kind: 'photo', blobs: ['a'], blobsWaiting: 1 })

  expect(plain(inUi(<Photos {...given({ 'photos/p1': photo('after') }, [kept])} />))).toMatch(
    /Après photo en attente Reçu/,
  )
})

test('how many photos wait is said once for the visit', () => {
  const kept = ['p1', 'p2'].map((id) => item('received', { id, kind: 'photo', blobsWaiting: 1 }))
  const cells = { 'photos/p1': photo('before'), 'photos/p2': photo('after') }

  expect(plain(inUi(<Photos {...given(cells, kept)} />))).toContain('2 photos en attente')
  expect(plain(inUi(<Photos {...given(cells)} />))).not.toContain('en attente')
})

test('a visit that is read only shows its photos and takes none', () => {
  expect(inUi(<Photos {...given({})} locked />)).toBe('')
  expect(inUi(<Photos {...given({ 'photos/p1': photo('after') })} locked />)).not.toContain(
    '<input',
  )
})

test('with every slot taken none is next', () => {
  const all = ['before', 'fibre_entry', 'ont_label', 'outlet', 'after']
  const cells = Object.fromEntries(all.map((slot, n) => [`photos/p${n}`, photo(slot)]))

  expect(photosOf(cells, []).next).toBeUndefined()
})
