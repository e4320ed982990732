import { expect, test } from 'vitest'
import { translator } from '../i18n/translate.ts'
import type { ConflictView, Snapshot } from '../sync/types.ts'
import { item, NOW, snapshotWith, ZONE } from './fixtures.ts'
import { stripOf, waitingCount } from './strip.ts'

const t = translator('fr')
const three = [item('local', { id: '1' }), item('local', { id: '2' }), item('retry', { id: '3' })]
const conflict: ConflictView = {
  id: 'x',
  key: 'job/a',
  path: 'status',
  base: 'todo',
  mine: 'completed',
  theirs: 'cancelled',
  author: 'Marc',
  otherAuthor: 'Julie',
  madeAt: NOW,
  otherAt: NOW,
  soft: false,
  mayKeep: false,
  chosen: '',
}

function told(more: Partial<Snapshot>): [tone: string, text: string] {
  const { tone, text } = stripOf(t, ZONE, snapshotWith(more))
  return [tone, text.replaceAll('\u00a0', ' ')]
}

test.each<[name: string, more: Partial<Snapshot>, tone: string, text: string]>([
  [
    'a photo is still here',
    { items: [item('done', { blobsWaiting: 1 })] },
    'pending',
    '1 photo en attente',
  ],
  [
    'a photo will never arrive',
    { items: [item('done', { blobsWaiting: 1, reason: 'photo-refused' })] },
    'error',
    '1 refusé',
  ],
  ['nothing is left', {}, 'ok', 'Tout est envoyé · 14 h 05'],
  ['work is kept here', { items: three }, 'pending', "3 envois sur l'appareil"],
  ['one is kept here', { items: [item('local')] }, 'pending', "1 envoi sur l'appareil"],
  [
    'nobody answers',
    { items: three, reachable: false },
    'pending',
    "Hors ligne · 3 envois sur l'appareil",
  ],
  ['nobody answers and nothing waits', { reachable: false }, 'pending', 'Hors ligne'],
  [
    'it is sending',
    { items: three, drain: { state: 'sending', done: 1, of: 5 } },
    'pending',
    'Envoi 2 de 5…',
  ],
  [
    'more was done since it began to send',
    { items: three, drain: { state: 'sending', done: 0, of: 1 } },
    'pending',
    'Envoi 1 de 3…',
  ],
  ['a human must choose', { conflicts: [conflict] }, 'conflict', '1 à trancher'],
  [
    'a conflict and its gesture are one choice',
    { conflicts: [conflict], items: [item('conflict')] },
    'conflict',
    '1 à trancher',
  ],
  [
    'a soft conflict asks nothing',
    { conflicts: [{ ...conflict, soft: true }] },
    'ok',
    'Tout est envoyé · 14 h 05',
  ],
  ['one was refused', { items: [item('rejected')] }, 'error', '1 refusé'],
  [
    'the office is late',
    { items: [item('office_late')] },
    'ok',
    'Reçu, pas encore au dossier · rien à refaire',
  ],
  [
    'the whole office is late',
    { items: [item('received')], fileLate: true },
    'ok',
    'Reçu, pas encore au dossier · rien à refaire',
  ],
  [
    'the link has ended',
    { items: three, link: 'expired' },
    'error',
    "Lien expiré · 3 envois sur l'appareil",
  ],
  [
    'what is abandoned asks nothing',
    { items: [item('abandoned')] },
    'ok',
    'Tout est envoyé · 14 h 05',
  ],
])('when %s, the strip says so', (_name, more, tone, text) => {
  expect(told(more)).toEqual([tone, text])
})

test('a full phone comes before everything else', () => {
  expect(told({ storage: 'failing', items: three, conflicts: [conflict] })[0]).toBe('error')
  expect(told({ storage: 'failing' })[1]).toContain('Mémoire du téléphone pleine')
})

test('nothing is called sent before the server was ever heard', () => {
  expect(told({ lastContactAt: null })).toEqual(['quiet', 'Voir mes envois'])
})

test('an ended link offers to ask for another', () => {
  expect(stripOf(t, ZONE, snapshotWith({ link: 'revoked' })).askLink).toBe(true)
  expect(stripOf(t, ZONE, snapshotWith({})).askLink).toBe(false)
})

test('the bar counts what still needs the network or a human', () => {
  const items = [...three, item('rejected'), item('received'), item('conflict')]

  expect(waitingCount(snapshotWith({ items, conflicts: [conflict] }))).toBe(5)
})
