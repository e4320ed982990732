/** T5, by the cells of the visit: what it says of each state, in both languages. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { translator } from '../i18n/translate.ts'
import { NOW } from '../tech/fixtures.ts'
import { inUi, plain } from '../tech/rendered.ts'
import type { Ui } from '../tech/ui.ts'
import type { VerifyProps } from '../tech/with-verify.tsx'
import { Again } from './again.tsx'
import { Check } from './check.tsx'
import { ended, given, MINUTE_MS, ONLINE, WAN, WEAK, wish } from './given.ts'

const EN: Partial<Ui> = { t: translator('en') }
const ASKED = { state: 'asked', reason: 'install', at: NOW, by: 'Marc' }

beforeEach(() => {
  vi.useFakeTimers({ now: NOW })
})

afterEach(() => {
  vi.useRealTimers()
})

function screen(props: VerifyProps, more: Partial<Ui> = {}): string {
  return plain(inUi(<Check {...props} />, more))
}

function button(props: VerifyProps): string {
  return inUi(<Again {...props} />)
}

test.each([
  ['pass', 'Conforme', 'Pass', 'i-ok'],
  ['warning', 'Limite', 'Marginal', 'i-alert'],
  ['fail', 'Non conforme', 'Fail', 'i-cross'],
  ['unverified', 'Non vérifié', 'Not verified', 'i-help'],
])('a check that ended in %s says so with a sign and a word', (verdict, fr, en, sign) => {
  const props = given({ v1: ended(verdict) })

  const html = inUi(<Check {...props} />)

  expect(html).toMatch(new RegExp(`class="verdict big [a-z]+" role="status"><i class="i ${sign}"`))
  expect(plain(html)).toContain(` ${fr} `)
  expect(screen(props, EN)).toContain(` ${en} `)
})

test('a wish in the dark is requested, with what becomes of it, and never a pass', () => {
  const props = given({ v1: ASKED }, { items: [wish('v1')], reachable: false })

  expect(screen(props)).toContain('Demandée')
  expect(screen(props)).toContain('La vérification se fera au retour du réseau.')
  expect(screen(props)).not.toContain('Conforme')
  expect(screen(props, EN)).toContain('Requested')
  expect(screen(props, EN)).toContain('once there is signal again')
  const old = { v1: { ...ASKED, at: NOW - 20 * MINUTE_MS } }
  expect(button(given(old, { items: [wish('v1')] }))).toMatch(/disabled.*Déjà demandée/)
})

test('a wish that the server has tells that its result is on its way', () => {
  expect(screen(given({ v1: ASKED }))).toContain('Le résultat arrive par lui-même')
})

test('a check in line says how many are before it, and no longer once it is its turn', () => {
  const inLine = (ahead: number) => given({ v1: { ...ASKED, state: 'running', ahead } })

  expect(screen(inLine(12))).toContain('En file : 12 autres avant la tienne.')
  expect(screen(inLine(1), EN)).toContain('In line: one other check before yours.')
  expect(screen(inLine(0))).not.toContain('En file')
})

test('the last verdict stays in sight while a new check is asked for', () => {
  const before = ended('fail', { checks: [WEAK] })

  const text = screen(given({ v0: before, v1: ASKED }))

  expect(text).toMatch(/Demandée.*Dernier verdict Non conforme/)
  expect(text).toContain('Signal trop faible')
})

test('a line has its value, its window, its source, its age and what to do', () => {
  const props = given({ v1: ended('fail', { checks: [WEAK] }) })

  expect(screen(props)).toMatch(
    /Signal reçu par le modem Non conforme −28,1 dBm \(−27 à −8\) réseau \(OLT\) · il y a 3 min/,
  )
  expect(screen(props)).toMatch(/Signal trop faible Quoi faire Nettoie les connecteurs/)
  expect(screen(props, EN)).toMatch(/−28.1 dBm \(−27 to −8\) network \(OLT\) · 3 min/)
  expect(screen(props, EN)).toMatch(/Light is too weak What to do Clean the connectors/)
})

test('what has failed stands first, with what to do about it in sight', () => {
  const low = { ...WEAK, id: 'rx_olt', result: 'warning', reason: 'light-low' }
  const props = given({ v1: ended('fail', { checks: [ONLINE, low, WEAK, WAN] }) })

  const html = inUi(<Check {...props} />)

  expect(plain(html)).toMatch(/modem Non conforme.*réseau Limite.*En ligne.*Conforme.*Internet/)
  expect(html.match(/<details open>/g)).toHaveLength(1)
  expect(html).toMatch(/Non conforme.*<details open><summary>Quoi faire/s)
})

test('what a line says besides is said once', () => {
  const hot = { ...WEAK, result: 'warning', reason: 'hot', remarks: ['hot', 'asymmetry'] }

  const text = screen(given({ v1: ended('warning', { checks: [hot] }) }))

  expect(text.match(/trop chaud/g)).toHaveLength(1)
  expect(text).toContain(
    'Aussi : Le signal se perd plus dans un sens que dans l’autre'.replace('’', "'"),
  )
})

test('each source says by itself how it ended, and one sentence who answers', () => {
  const sources = [
    { name: 'acs_cached', state: 'ok', ms: 40 },
    { name: 'acs_live', state: 'timeout', ms: 4000 },
    { name: 'olt', state: 'ok', ms: 20 },
  ]
  const props = given({ v1: ended('unverified', { checks: [ONLINE], sources }) })

  expect(screen(props)).toContain('Le modem ne répond pas; le réseau le voit.')
  expect(screen(props)).toMatch(/Modem, à distance \(ACS\) ne répond pas Réseau \(OLT\) a répondu/)
  expect(screen(props, EN)).toContain('The modem does not answer; the network sees it.')
})

test('what nobody told of is one line, so that it hides nothing', () => {
  const untold = ['wifi_up', 'lan_link'].map((id) => ({
    id,
    result: 'unverified',
    reason: 'no-reading',
  }))
  const sources = [{ name: 'acs_live', state: 'skipped' }]

  const text = screen(given({ v1: ended('unverified', { checks: untold, sources }) }))

  expect(text).toMatch(/Aucune lecture Non vérifié Wi-Fi · Port Ethernet Quoi faire/)
  expect(text).toContain("Aucune source n'a pu être interrogée sur cette ligne.")
})

test('a check that goes on counts for nothing yet, and shows how far the modem has come', () => {
  const steps = [
    { id: 'light', done: true },
    { id: 'registered', done: true },
    { id: 'online', done: false },
    { id: 'inform', done: false },
  ]
  const running = { ...ASKED, state: 'running', verdict: 'pass', checks: [ONLINE], steps }

  const text = screen(given({ v1: running }))

  expect(text).toMatch(/^ En cours .*Jusqu'ici : Conforme/)
  expect(text).toMatch(
    /Lumière – fait Enregistré – fait En ligne – pas encore Premier contact – pas encore/,
  )
})

test('a reading of long after the wish says so', () => {
  const late = { measured_at: NOW + 42 * MINUTE_MS, at: NOW }

  expect(screen(given({ v1: ended('pass', late) }))).toContain(
    'Mesurée à 14 h 47, demandée à 14 h 05',
  )
  expect(screen(given({ v1: ended('pass') }))).toContain('Demandée à 14 h 01')
})

test('repeated readings tell their story, the manual one too', () => {
  const meter = { ...ASKED, rx_dbm: -22.4 }

  const text = screen(given({ v1: ended('fail', { checks: [WEAK] }), v2: meter }))

  expect(text).toContain('−28,1 → −22,4 dBm')
  expect(screen(given({ v1: ended('fail', { checks: [WEAK] }) }))).not.toContain('→')
})

test('a manual reading is a line of the wish, marked as such, judged without a guess', () => {
  const props = given({ v1: { ...ASKED, rx_dbm: -21.4 } }, { reachable: false })

  expect(screen(props)).toMatch(/Non vérifié −21,4 dBm mesure manuelle/)
  expect(screen(props)).toContain('Classe optique inconnue')
})

test('a warning may be accepted with a reason, a failure by the office alone', () => {
  const office = { office: '+14505550100' }

  expect(screen(given({ v1: ended('warning') }))).toContain('Pourquoi est-ce acceptable ?')
  expect(screen(given({ v1: ended('pass') }))).not.toContain('Accepter')
  expect(screen(given({ v1: ended('fail') }), office)).not.toContain('Accepter quand')
  expect(inUi(<Check {...given({ v1: ended('fail') })} />, office)).toMatch(
    /Seul le bureau peut accepter.*href="tel:\+14505550100"/s,
  )
})

test('what was accepted says by whom and why, and is not asked again', () => {
  const accepted = { reason: 'Long câble', at: NOW, by: 'Marc' }

  const text = screen(given({ v1: ended('warning', { accepted }) }))

  expect(text).toMatch(/Limite .*Acceptée par Marc : Long câble/)
  expect(text).not.toContain('Pourquoi est-ce acceptable')
})

test("once the line is up, the customer's own Wi-Fi carries what waits", () => {
  const up = { v1: ended('pass', { checks: [WAN] }) }
  const items = ['a', 'b'].map((id) => wish(id, { kind: 'note' }))

  expect(screen(given(up, { items }))).toContain(
    "L'Internet du client fonctionne : branche-toi à son Wi-Fi pour envoyer 2 éléments",
  )
  expect(screen(given(up))).not.toContain('Wi-Fi pour envoyer')
  expect(screen(given({ v1: ASKED }, { items: [wish('v1')] }), EN)).toContain(
    "Is the modem's Internet light on? Connect to the customer's Wi-Fi to send 1 item",
  )
})

test('a check may be asked for again after 20 s, and not before', () => {
  expect(button(given({}))).toMatch(/<button type="button" class="btn main">.*Vérifier la ligne/)
  expect(button(given({ v1: { ...ASKED, at: NOW - 6_000 } }))).toMatch(
    /disabled.*Revérifier dans 14/,
  )
  expect(button(given({ v1: { ...ASKED, at: NOW - 20_000 } }))).not.toContain('disabled')
  expect(button(given({ v1: { ...ASKED, at: NOW + 3_600_000 } }))).not.toContain('disabled')
})

test('a visit of a coming day, or one that left, is only read', () => {
  const props = given({ v1: ended('warning') })
  const ahead = { ...props, today: '2026-11-22' }
  const { rows, ...rest } = props.snapshot
  const gone = { ...props, snapshot: { ...rest, rows: new Map(), removed: rows } }

  for (const each of [ahead, gone]) {
    expect(button(each)).toBe('')
    expect(screen(each)).toContain('Limite')
    expect(screen(each)).not.toContain('wattmètre')
  }
})

test('a wish that the server refused is said', () => {
  const items = [wish('v1', { state: 'rejected', reason: 'unknown-record' })]

  expect(screen(given({}, { items }))).toContain("Refusé : cette visite n'est plus à toi")
})

test.each([
  {},
  { verdict: 'excellent', checks: 7, sources: [null] },
  { state: 'done', checks: [{}] },
])('a cell that says %j is no pass', (cell) => {
  expect(screen(given({ v1: { ...cell, at: NOW } }))).toContain('Non vérifié')
})

test('a visit without a modem sends to its label, and says nothing else of the line', () => {
  const sources = ['acs_live', 'olt'].map((name) => ({
    name,
    state: 'skipped',
    detail: 'no-serial',
  }))
  const lines = [{ id: 'serial_match', result: 'unverified', reason: 'serial-unassigned' }]

  const html = inUi(<Check {...given({ v1: ended('unverified', { checks: lines, sources }) })} />)

  expect(plain(html)).toContain("La visite n'a pas encore de modem : scanne son étiquette")
  expect(html).toContain('href="#/job/a/scan"')
  expect(plain(html)).not.toMatch(/Qui a répondu|Quoi faire|Aucune source/)
})

test('what the technician measured stays beside what others tell', () => {
  const own = { ...WEAK, value: -21.5, source: 'ont_tr069', result: 'pass', reason: 'good' }

  expect(screen(given({ v1: ended('pass', { checks: [own], rx_dbm: -26.2 }) }))).toContain(
    'Mesure au wattmètre optique : −26,2 dBm',
  )
  expect(screen(given({ v1: ended('pass', { checks: [own] }) }))).not.toContain('optique :')
})

test('two wishes that one check answers are one reading of the story', () => {
  const both = { v1: ended('fail', { checks: [WEAK] }), v2: ended('fail', { checks: [WEAK] }) }

  expect(screen(given(both))).not.toContain('→')
})

test('a source that is switched off is not among who answered', () => {
  const sources = [
    { name: 'olt', state: 'ok' },
    { name: 'oktopus', state: 'skipped', detail: 'disabled' },
  ]

  const text = screen(given({ v1: ended('pass', { checks: [ONLINE], sources }) }))

  expect(text).toContain('Réseau (OLT) a répondu')
  expect(text).not.toContain('ktopus')
})

test('a speed is written in thousands', () => {
  const port = { id: 'lan_link', result: 'pass', reason: 'good', value: 1000, unit: 'Mbit/s' }
  const checks = [{ ...port, low: 1000, high: null }]

  expect(screen(given({ v1: ended('pass', { checks }) }))).toContain(
    '1 000 Mbit/s (au moins 1 000)',
  )
})
