/** T3's line under a serial number, by what the phone and the server know of it. */
import { afterEach, expect, test, vi } from 'vitest'
import { translator } from '../i18n/translate.ts'
import type { Code } from '../tech/codes.ts'
import { NOW, rowsWith } from '../tech/fixtures.ts'
import { inUi, plain, plainSpaces } from '../tech/rendered.ts'
import { isTail } from '../tech/type-serial.tsx'
import type { Action } from '../tech/visit.ts'
import { CheckLine, checked } from './check.tsx'
import { type Known, knownOf, lookUp } from './lookup.ts'

const t = translator('fr')
const SERIAL = 'TPLG1A2B3C4D'
const KNOWN: Known = { state: 'known', model: 'XX230v', client: 'Luc Tremblay', street: '' }

afterEach(() => {
  vi.unstubAllGlobals()
})

function line(key: string, action: Action = 'install', codes: Code[] = []): string {
  const fitted = { 'equipment/e1': { action: 'install', serial: SERIAL, at: NOW } }
  const held = { rows: rowsWith(fitted), pulledAt: NOW, reachable: false }
  const html = inUi(
    <CheckLine held={held} jobKey={key} serial={SERIAL} action={action} codes={codes} />,
  )
  return plain(html).trim()
}

function said(action: Action, known: Known | null): [tone?: string, words?: string] {
  const found = checked(t, action, known, 'données de 7 h 42')
  return found ? [found.tone, plainSpaces(found.words)] : []
}

test('a number that another visit of this phone has is said to be fitted there', () => {
  expect(line('job/b')).toBe('Déjà posé chez Luc Tremblay')
})

test('without the server a number is as free as the data of this phone are old', () => {
  expect(line('job/a')).toMatch(/^Numéro valide · pas déjà utilisé · données de .*\d+ h/)
})

test('the day of older data keeps its capital in English', () => {
  const held = { rows: rowsWith({}), pulledAt: NOW, reachable: false }
  const said = { held, jobKey: 'job/a', serial: SERIAL, action: 'install', codes: [] } as const

  const html = inUi(<CheckLine {...said} />, { t: translator('en') })

  expect(plain(html)).toMatch(/not used yet · data \w+ Mon 23/)
})

test('a label whose codes do not go together is said to be looked at', () => {
  const mac = (value: string, symbology: string) => ({ text: value, value, symbology, type: 'mac' })
  const codes = [mac('10394EB5DA90', 'code_128'), mac('10394EB5DA91', 'qr_code')]

  expect(line('job/a', 'install', codes)).toContain("Les codes de l'étiquette ne vont pas ensemble")
})

test('what is taken back is not warned of for standing on another visit', () => {
  expect(line('job/b', 'remove')).toBe('')
})

test.each([
  ['install', null, 'ok', 'Numéro valide · pas déjà utilisé · données de 7 h 42'],
  ['install', KNOWN, 'pending', 'Déjà au dossier : Luc Tremblay · XX230v'],
  [
    'install',
    { ...KNOWN, state: 'free', client: '' },
    'ok',
    'Numéro valide · au dossier, à aucune adresse : XX230v',
  ],
  [
    'install',
    { ...KNOWN, state: 'unknown' },
    'ok',
    'Numéro valide · pas au dossier : la fiche est à créer',
  ],
  [
    'remove',
    { ...KNOWN, state: 'elsewhere' },
    'pending',
    "Installé ailleurs, d'après le dossier. Vérifie l'étiquette.",
  ],
] as [Action, Known | null, string, string][])('%s of %j', (action, known, tone, words) => {
  expect(said(action, known)).toEqual([tone, words])
})

test('an answer that is none of the server’s says nothing', async () => {
  expect(knownOf({ state: 'sold' })).toBeNull()
  expect(knownOf('known')).toBeNull()
  expect(knownOf({ state: 'known', device: { type: 'ONT' }, place: { client: 7 } })).toEqual({
    state: 'known',
    model: 'ONT',
    client: '',
    street: '',
  })
})

test('a refusal, a cut or a screen that was left is no word of the server’s', async () => {
  const signal = new AbortController().signal
  const gone = AbortSignal.abort()
  const fetched = vi.fn(async (_url: string, init: RequestInit) => {
    init.signal?.throwIfAborted()
    return new Response('{"state":"unknown"}', { status: 200 })
  })
  vi.stubGlobal('fetch', fetched)
  expect((await lookUp(SERIAL, signal))?.state).toBe('unknown')
  expect(fetched.mock.calls[0]?.[1].body).toBe('{"text":"TPLG1A2B3C4D"}')
  expect(await lookUp(SERIAL, gone)).toBeNull()

  vi.stubGlobal('fetch', async () => new Response('{"error":"slow-down"}', { status: 429 }))
  expect(await lookUp(SERIAL, signal)).toBeNull()
})

test('the end of a number is typed again as it stands on the label', () => {
  expect(isTail('TPLG1A2B3C4D', '3c4d')).toBe(true)
  expect(isTail('2215-B8K0-03412', '03-412')).toBe(false)
  expect(isTail('2215-B8K0-03412', '3 412')).toBe(true)
  expect(isTail('TPLG1A2B3C4D', '')).toBe(false)
})
