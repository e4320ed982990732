import { expect, test } from 'vitest'
import { translator } from '../i18n/translate.ts'
import type { Cells, Item, ItemState, Snapshot } from '../sync/types.ts'
import { ChooseSerial } from './choose-serial.tsx'
import { type Code, codesOf, serialsOf } from './codes.ts'
import { dayView, type Local } from './day.ts'
import { type Age, DayScreen } from './day-screen.tsx'
import { item, NO_CALLS, NOW, rowsWith, snapshotWith, TODAY } from './fixtures.ts'
import { HelpScreen } from './help-screen.tsx'
import { marks } from './item-state.ts'
import { OutboxScreen } from './outbox-screen.tsx'
import { inUi, plain, plainSpaces } from './rendered.ts'
import { parseRoute } from './route.ts'
import { loadSeen, saveSeen, withNew } from './seen.ts'
import { neutralStrip } from './strip.ts'
import { visitView } from './visit.ts'
import { VisitScreen } from './visit-screen.tsx'

const strip = neutralStrip(translator('fr'))
const LOCAL: Local = { removed: new Map(), marks: new Map(), seen: {} }

test('hours changed by the office stand on the card until they are seen', () => {
  const seen = { 'job/a': { start: '10:00', end: '12:00' } }

  expect(day({ ...LOCAL, seen })).toContain('Horaire changé par le bureau : 10 h → 13 h 30')
  expect(day({ ...LOCAL, seen: withNew({}, rowsWith({})) })).not.toContain('Horaire changé')
})

test('a visit that left stays, greyed, while it holds work', () => {
  const removed = new Map<string, Cells>([['job/z', { date: TODAY, subject: 'Relevé' }]])

  const text = day({ ...LOCAL, removed })

  expect(text).toContain('Relevé')
  expect(text).toContain('Retirée par le bureau')
})

test('a card carries the mark of its least advanced gesture', () => {
  const states: ItemState[] = ['done', 'local', 'received']

  expect(day({ ...LOCAL, marks: marks(states.map((state) => item(state))) })).toContain(
    "Sur l'appareil",
  )
})

test('a phone without data never says that there is no visit', () => {
  const view = dayView(new Map(), TODAY)
  const shown = (more: { ended: boolean; age: Age | null }) =>
    inUi(<DayScreen {...NO_DATA} {...more} view={view} />)

  expect(shown({ ended: false, age: null })).toContain('Ta journée arrive')
  expect(plain(shown({ ended: true, age: null }))).toContain("Ce téléphone n'a plus ta journée")
  expect(shown({ ended: false, age: { words: '7 h', old: true } })).toContain('Aucune visite.')
})

test('a visit shows what is missing before it can end', () => {
  const html = visitHtml({ status: 'on_site', job_type: 'repair' })

  expect(html).toContain('href="#/job/a/step/s1"')
  expect(html).toMatch(/<button[^>]*class="btn main"[^>]*disabled/)
})

test.each([
  ['local', "Terminée sur place Sur l'appareil"],
  ['held', 'Terminée sur place Reçu, au dossier après vérification'],
  ['done', 'Terminée sur place Au dossier'],
] as const)('a finished visit whose end is %s says so under the thumb', (state, words) => {
  const end = { 'marks/m-1': { to: 'completed', at: NOW, by: 'Marc' } }

  const html = visitHtml({ status: 'completed', ...end }, [item(state, { id: 'm-1' })])

  expect(plain(html.slice(html.indexOf('class="foot')))).toContain(words)
})

test('equipment on a visit says what its number is and who read it', () => {
  const line = { action: 'install', serial: 'TPLG1A2B3C4D', type: 'gpon-serial', at: NOW }
  const said = (more: Cells) => plain(visitHtml({ 'equipment/e1': { ...line, ...more } }))

  expect(said({ source: 'photo', stage: 'server' })).toContain('GPON · lu sur la photo')
  expect(said({ source: 'barcode', stage: 'camera' })).toContain('GPON · lu par la caméra')
  expect(said({ source: 'photo', stage: 'model' })).toContain('GPON · proposé par Gemini')
})

test('what only a model read is offered as its proposal, to be confirmed', () => {
  const read = { stage: 'model', decoder: 'gemini', step: '' }

  expect(plain(choose([{ ...GPON, read }]))).toContain('proposé par Gemini, à confirmer')
  expect(plain(choose([GPON]))).toContain("Code lu sur l'étiquette")
})

test('a visit of the coming days is only read', () => {
  const html = visitHtml({ date: '2026-11-24' })

  expect(html).toContain('À venir : en lecture seule')
  expect(html).not.toContain('btn main')
})

test('a place in a chain is said', () => {
  const rows = rowsWith({ parent: 'job/chain', step: 1 }).set('job/b', {
    parent: 'job/chain',
    step: 3,
  })

  expect(plain(dayHtml(LOCAL, rows))).toContain('Installation · étape 1 de 3')
})

test('the outbox groups every gesture by what it needs', () => {
  const items = (['local', 'rejected', 'received', 'done', 'conflict'] as const).map((s) => item(s))

  const text = plain(outbox({ items }))

  expect(text).toMatch(
    /À trancher \(1\).*Refusés \(1\).*Sur l'appareil \(1\).*Reçus aujourd'hui \(2\)/s,
  )
  expect(text).toContain('Statut Sur place – Luc Tremblay')
})

test('a refusal is told in words, an unknown one by its code', () => {
  const reasons = ['unknown-record', 'strange-code'].map((reason) =>
    item('rejected', { id: reason, reason }),
  )

  const text = plain(outbox({ items: reasons }))

  expect(text).toContain("Refusé : cette visite n'est plus à toi, ou n'existe plus")
  expect(text).toContain('Refusé : code strange-code')
})

test('the outbox asks to stay open only while something waits', () => {
  expect(plain(outbox({ items: [item('local')] }))).toContain('Garde Terrain ouvert')
  expect(plain(outbox({ items: [item('done', { blobsWaiting: 1 })] }))).toContain('Garde Terrain')
  expect(plain(outbox({ items: [item('done'), item('rejected')] }))).not.toContain('Garde Terrain')
})

test.each(['expired', 'revoked'] as const)('a link that is %s says what to do', (link) => {
  const text = plain(outbox({ link, items: [item('local')] }))

  expect(text).toContain('Ouvre un nouveau lien, ou exporte et remets le fichier au bureau.')
  expect(text).not.toContain('Garde Terrain')
  expect(plain(outbox({ link, items: [item('done')] }))).not.toContain('perdu')
})

test('a completion that waits for its proof says what it waits for', () => {
  const text = plain(outbox({ items: [item('held', { reason: 'evidence' })] }))

  expect(text).toContain('Reçu, au dossier après vérification')
})

test('only what failed can be retried, and what was received cannot be abandoned', () => {
  expect(outbox({ items: [item('retry')] })).toContain('Réessayer')
  expect(outbox({ items: [item('local')] })).not.toContain('Réessayer')
  expect(outbox({ items: [item('local')] })).toContain('Abandonner')
  expect(outbox({ items: [item('received')] })).not.toContain('Abandonner')
})

test('a photo that will never arrive is said beside its gesture', () => {
  const text = plain(
    outbox({ items: [item('done', { reason: 'photo-refused', blobsWaiting: 1 })] }),
  )

  expect(text).toContain('la photo a été refusée par le serveur')
})

test('what went from the phone before it was on file and backed up is said, with what stays', () => {
  expect(plain(outbox({ letGo: true, keptBytes: 4_812_000 }))).toContain(
    "garde au plus 5,0 Mo d'envois reçus (4,8 Mo en ce moment)",
  )
  expect(plain(outbox({ letGo: false, keptBytes: 4_812_000 }))).not.toContain('Mo')
})

test('help has the office, the reader, the version and the device', () => {
  const html = inUi(
    <HelpScreen
      strip={strip}
      snapshot={snapshotWith()}
      officePhone="450 555-0100"
      version="1.2"
      ahead={{ reader: true, check: false }}
    />,
    { office: '+14505550100' },
  )

  expect(html).toContain('href="tel:+14505550100"')
  expect(plain(html)).toMatch(/Lecteur d'étiquettes Prêt hors ligne/)
  expect(plain(html)).toMatch(/Vérification Pas encore sur ce téléphone/)
  expect(plain(html)).toMatch(/Version.*1\.2.*Appareil.*d1/s)
})

test('one serial number is offered; between two the technician picks', () => {
  const several = choose([SERIAL, GPON, MAC])

  expect(choose([GPON, MAC])).toMatch(/class="btn main">Utiliser/)
  expect(several).toMatch(/class="btn main" disabled>Utiliser/)
  expect(several.match(/type="radio"/g)).toHaveLength(2)
  expect(several).not.toMatch(/type="radio"[^>]*\schecked/)
  expect(choose([MAC])).not.toContain('Utiliser')
})

test('a MAC address is never a serial number, and the same code twice is one', () => {
  const again = { ...GPON, text: 'a2', value: 'tplg1a2b3c4d' }
  const macAsSerial = { ...SERIAL, value: MAC.value }

  expect(serialsOf([MAC, GPON, again, macAsSerial])).toEqual([GPON])
  expect(serialsOf([SERIAL, GPON])).toEqual([GPON, SERIAL])
})

test('an answer that is no list of codes has none', () => {
  expect(codesOf({ text: 'x' })).toEqual([])
  expect(codesOf([{ text: 'X1' }, 7])).toEqual([
    { text: 'X1', symbology: '', type: 'unknown', value: 'X1' },
  ])
})

test.each([
  ['', { screen: 'day' }],
  ['#/day/2026-11-24', { screen: 'day', day: '2026-11-24' }],
  ['#/day/<script>', { screen: 'day' }],
  ['#/job/x1', { screen: 'visit', key: 'job/x1', step: '' }],
  ['#/job/x1/step/s%2F1', { screen: 'visit', key: 'job/x1', step: 's/1' }],
  ['#/job/x1/scan', { screen: 'scan', key: 'job/x1' }],
  ['#/job/x1/correct', { screen: 'work', key: 'job/x1', part: 'correct' }],
  ['#/job/x1/verify', { screen: 'verify', key: 'job/x1' }],
  ['#/job/x1/type/k1', { screen: 'type', key: 'job/x1', scan: 'k1' }],
  ['#/job/%E0%A4%A', { screen: 'visit', key: 'job/%E0%A4%A', step: '' }],
  ['#/outbox', { screen: 'outbox' }],
  ['#/nowhere', { screen: 'day' }],
])('the address %j names its screen', (hash, route) => {
  expect(parseRoute(hash)).toEqual(route)
})

test('hours seen once are remembered, and forgotten with their visit', () => {
  const store = new Map<string, string>()
  const storage = {
    getItem: (key: string) => store.get(key) ?? null,
    setItem: (key: string, value: string) => void store.set(key, value),
  }
  const seen = withNew({ 'job/gone': { start: '', end: '' } }, rowsWith({}))

  saveSeen(storage, seen)

  expect(loadSeen(storage)).toEqual({ 'job/a': { start: '13:30', end: '15:00' } })
  expect(withNew(seen, rowsWith({ window_start: '15:00' }))).toBe(seen)
})

test('what is remembered badly counts as nothing', () => {
  expect(loadSeen({ getItem: () => '{"job/a":7}' })).toEqual({})
  expect(loadSeen({ getItem: () => 'no json' })).toEqual({})
})

const NO_DATA = { strip, waiting: 0, age: null, ended: false, officePhone: '' }
const GPON: Code = { text: 'a', symbology: 'code128', type: 'gpon-serial', value: 'TPLG1A2B3C4D' }
const SERIAL: Code = { text: 'b', symbology: 'code128', type: 'serial', value: '2150083311KLM' }
const MAC: Code = { text: 'c', symbology: 'code128', type: 'mac', value: '10394EB5DA90' }

function choose(codes: Code[]): string {
  return inUi(
    <ChooseSerial
      codes={codes}
      jobKey="job/a"
      action="install"
      held={{ rows: new Map(), pulledAt: null, reachable: false }}
      onKept={() => undefined}
    />,
  )
}

function day(local: Local): string {
  return plain(dayHtml(local, rowsWith({})))
}

function dayHtml(local: Local, rows: Map<string, Cells>): string {
  const view = dayView(rows, TODAY, TODAY, local)
  return inUi(<DayScreen {...NO_DATA} view={view} />)
}

function visitHtml(cells: Cells, items: Item[] = []): string {
  const snapshot = snapshotWith({ rows: rowsWith(cells), items })
  const view = visitView(snapshot.rows, 'job/a', items, LOCAL)
  return plainSpaces(
    inUi(<VisitScreen view={view} strip={strip} snapshot={snapshot} today={TODAY} focus="" />),
  )
}

function outbox(more: Partial<Snapshot>): string {
  const snapshot = snapshotWith(more)
  return inUi(<OutboxScreen strip={strip} snapshot={snapshot} today={TODAY} calls={NO_CALLS} />)
}
