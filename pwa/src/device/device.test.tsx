/** What concerns the phone itself: installed once, kept or not, told or not, never more than it may say. */
import { expect, test } from 'vitest'
import { item, rowsWith, snapshotWith } from '../tech/fixtures.ts'
import type { Offer } from '../tech/offer.ts'
import { inUi, plain } from '../tech/rendered.ts'
import { Pages } from './codes.tsx'
import { diagnosticOf } from './diagnostic.ts'
import { NewsCard, StorageCard } from './help.tsx'
import { InstallCard } from './install.tsx'
import { type Facts, wayOf } from './installing.ts'
import { stored } from './storage.ts'
import { learn } from './words.ts'

await learn('fr')

const DAY_MS = 86_400_000
const NOW = 1_795_456_800_000
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)'
const OFFER = { prompt: async () => ({ outcome: 'accepted' }) } as unknown as Offer
const FACTS: Facts = { installed: false, laterAt: 0, now: NOW, agent: 'Android', offer: OFFER }
const none = () => undefined

test('the app is offered where it can be installed, by a button or by steps', () => {
  expect(wayOf(FACTS)).toEqual({ kind: 'button', offer: OFFER })
  expect(wayOf({ ...FACTS, offer: undefined })).toEqual({ kind: 'none' })
  expect(wayOf({ ...FACTS, offer: undefined, agent: IPHONE })).toEqual({ kind: 'steps' })
})

test('once installed the app is never offered again; after "Plus tard" not for a week', () => {
  expect(wayOf({ ...FACTS, installed: true }).kind).toBe('none')
  expect(wayOf({ ...FACTS, agent: IPHONE, offer: undefined, installed: true }).kind).toBe('none')
  expect(wayOf({ ...FACTS, laterAt: NOW - 7 * DAY_MS + 1 }).kind).toBe('none')
  expect(wayOf({ ...FACTS, laterAt: NOW - 7 * DAY_MS }).kind).toBe('button')
})

test('the card says why, and on an iPhone how in three steps', () => {
  const card = plain(inUi(<InstallCard way={{ kind: 'steps' }} later={none} />))

  expect(card).toContain('Pour ne jamais perdre tes envois.')
  expect(card).toMatch(/Partager .*Sur l'écran d'accueil.* Ouvre l'icône Terrain/)
  expect(card).toContain('Plus tard')
})

test('the storage says what the browser promised, and offers to ask when it did not', () => {
  const kept = { kept: true, used: 2_000_000, most: 500_000_000 }

  expect(plain(inUi(<StorageCard stored={kept} keep={none} />))).toMatch(/garde tes données/)
  expect(inUi(<StorageCard stored={kept} keep={none} />)).not.toContain('<button')
  expect(plain(inUi(<StorageCard stored={{ ...kept, kept: false }} keep={none} />))).toMatch(
    /Pas encore .*Protéger/,
  )
})

test('a browser that says nothing of its storage is not taken at its word', async () => {
  expect(await stored({} as StorageManager)).toEqual({ kept: null, used: null, most: null })
})

test.each([
  ['off', 'Me prévenir'],
  ['failed', 'Me prévenir'],
  ['on', 'Ne plus me prévenir'],
] as const)('news that are %s can be changed by one touch: %s', (news, button) => {
  const card = plain(inUi(<NewsCard news={news} start={none} stop={none} />))

  expect(card).toContain(button)
})

test.each(['absent', 'none', 'denied'] as const)(
  'news that are %s say why, without a button',
  (news) => {
    expect(inUi(<NewsCard news={news} start={none} stop={none} />)).not.toContain('<button')
  },
)

test('a diagnostic has states and codes, and neither a customer, nor a note, nor a reason in words', () => {
  const snapshot = snapshotWith({
    rows: rowsWith({ dispatch_notes: 'code 4321' }),
    items: [
      item('rejected', { kind: 'note', args: { text: 'chien méchant' }, reason: 'Refusé par Luc' }),
      item('local', { reason: 'http-502' }),
    ],
  })
  const machine = {
    agent: 'Chrome',
    screen: '412x915 @2',
    standalone: true,
    online: true,
    worker: 'activated',
    notifications: 'granted',
    databases: ['terrain-marc'],
    kept: true,
    used: 1,
    most: 2,
  }

  const text = diagnosticOf(snapshot, '1.2.3', NOW, machine)

  expect(text).toContain('version: 1.2.3')
  expect(text).toContain('m-rejected note rejected 0 0 (text)')
  expect(text).toContain('http-502')
  expect(text).not.toMatch(/Tremblay|Érables|0101|1234|4321|chien|Luc/)
})

test('a page of codes says which it is of how many, and a QR code is drawn', () => {
  const page = inUi(<Pages pages={['TERRAIN1/AAAAAAAA/1/2/ABC', 'TERRAIN1/AAAAAAAA/2/2/ABC']} />)

  expect(plain(page)).toContain('Page 1 de 2')
  expect(page).toMatch(/<path d="M\d+ \d+h1v1h-1z/)
})

test('nothing unsent makes no code', () => {
  expect(plain(inUi(<Pages pages={[]} />))).toContain("Rien n'attend")
})
