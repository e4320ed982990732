import { render } from 'preact-render-to-string'
import { expect, test } from 'vitest'
import type { Lang } from '../i18n/translate.ts'
import { Board, filtered } from './board.tsx'
import { type Me, MeContext } from './desk/me.ts'
import type { Live } from './live.ts'
import type { BoardState, DeviceLine, Visit } from './state.ts'
import { placeOf, visitAsked } from './today/opening.tsx'
import { byTechnician } from './today/visits.tsx'

const NOW = Date.UTC(2026, 10, 23, 19, 41)
const MINUTE = 60_000

const MARC: DeviceLine = {
  technician: 'technician/1',
  name: 'Marc Tremblay',
  device: 'd1',
  app: '1.4.2',
  seenAt: NOW - 4 * MINUTE,
  pending: 3,
  oldestAt: NOW - 52 * MINUTE,
  photos: 4,
  photoBytes: 6_300_000,
  link: 'active',
  watched: true,
}
const ZOE: DeviceLine = {
  ...MARC,
  technician: 'technician/2',
  name: 'Zoé Paquette',
  seenAt: NOW - 190 * MINUTE,
}
const VISIT: Visit = {
  key: 'job/1',
  technician: 'technician/1',
  name: 'Marc Tremblay',
  assistants: ['Zoé Paquette'],
  window: { start: '13:00', end: '15:00' },
  type: 'Installation',
  client: 'Ginette Lachapelle',
  street: '1240, rue des Érables',
  town: 'Saint-Jérôme',
  status: {
    value: 'completed',
    reason: '',
    at: Date.UTC(2026, 10, 23, 19, 5),
    receivedAt: Date.UTC(2026, 10, 23, 19, 40),
    onFile: false,
    held: false,
  },
  equipment: [
    {
      id: 'm1',
      serial: 'TPLG1A2B3C4D',
      action: 'install',
      type: 'ONT',
      replaces: '',
      source: 'photo',
      stage: 'model',
      onFile: true,
    },
  ],
  toConfirm: 1,
  photos: 4,
  photosHere: 3,
  unfiled: [],
  movedAt: null,
  outage: '',
}
const EMPTY: BoardState = {
  now: NOW,
  sequence: 9,
  today: '2026-11-23',
  zone: 'America/Toronto',
  tiles: {
    conflicts: 0,
    refused: 0,
    refusedDays: 7,
    oldest: null,
    office: {
      state: 'unknown',
      since: null,
      awaySince: null,
      checkedAt: null,
      queued: 0,
      parked: 0,
    },
    backups: { state: 'ok', takenAt: NOW - 12 * MINUTE, failingSince: null },
    disk: { percent: 41, isFilling: false },
  },
  devices: [],
  visits: [],
  conflicts: [],
  refused: [],
  check: null,
  version: '',
  whole: true,
  gone: [],
  proofs: [],
  held: [],
  requests: [],
  decided: [],
  outages: [],
  sources: [],
}
const BUSY: BoardState = {
  ...EMPTY,
  tiles: {
    ...EMPTY.tiles,
    conflicts: 2,
    oldest: { technician: 'Zoé Paquette', at: NOW - 200 * MINUTE },
    office: {
      state: 'late',
      since: Date.UTC(2026, 10, 23, 14, 12),
      awaySince: Date.UTC(2026, 10, 23, 14, 12),
      checkedAt: NOW,
      queued: 50,
      parked: 0,
    },
  },
  devices: [MARC, ZOE],
  visits: [VISIT],
}

const DECISIONS: BoardState = {
  ...EMPTY,
  conflicts: [
    {
      id: 'c1',
      key: 'job/1',
      visit: 'DJ-00161',
      path: 'status',
      base: 'todo',
      mine: 'on_site',
      theirs: 'cancelled',
      author: 'Marc Tremblay',
      otherAuthor: 'Bureau',
      madeAt: NOW,
      otherAt: NOW,
      suggested: '',
      askedAt: 0,
      value: '',
      photos: [],
    },
  ],
  decided: [
    {
      id: 'c2',
      key: 'job/1',
      visit: 'DJ-00161',
      path: 'status',
      choice: 'mine',
      by: 'Julie',
      at: NOW,
    },
  ],
  held: [
    {
      id: 'h',
      key: 'job/1',
      visit: 'DJ-00161',
      technician: 'Marc',
      madeAt: NOW,
      missing: ['serial'],
    },
  ],
  requests: [
    {
      id: 'r',
      key: 'job/1',
      visit: 'DJ-00161',
      technician: 'Marc',
      what: 'help',
      value: null,
      text: 'Une échelle',
      at: NOW,
    },
  ],
}

function html(
  board: BoardState | null,
  lang: Lang = 'fr',
  status: Live['status'] = 'live',
  visit = '',
): string {
  const live: Live = { status, board, now: NOW, answeredAt: NOW }
  const drawn = render(<Board live={live} visit={visit} lang={lang} setLang={() => undefined} />)
  return drawn.replaceAll('\u00a0', ' ')
}

/** What is read, without the tags. */
function text(markup: string): string {
  return markup.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
}

test('the tiles say what the server counted', () => {
  const read = text(html(BUSY))

  expect(read).toContain('À trancher 2')
  expect(read).toContain('Refusés, 7 jours 0')
  expect(read).toContain("Plus vieux envoi 3 h 20 sur l'appareil de Zoé Paquette")
  expect(read).toContain('Bureau (ERPNext) En retard depuis 9 h 12 50 en file')
})

test('the server says how its backups and its disk are, in the words of the alerts', () => {
  const said = (changed: Partial<BoardState['tiles']>): string =>
    text(html({ ...EMPTY, tiles: { ...EMPTY.tiles, ...changed } }))
  const stale = { state: 'stale', takenAt: NOW - 300 * MINUTE, failingSince: null } as const

  expect(said({})).toContain('✓ Sauvegardes : dernière il y a 12 min ✓ Disque plein à 41 %')
  expect(said({ backups: stale })).toContain(
    '■ Sauvegardes : la dernière est trop vieille (il y a 5 h)',
  )
  expect(said({ disk: { percent: 83, isFilling: true } })).toContain(
    '■ Le disque se remplit : 83 %',
  )
})

test('a viewer sees all and is shown no button that would be refused', () => {
  const person = (me: Me | null): string => {
    const live: Live = { status: 'live', board: DECISIONS, now: NOW, answeredAt: NOW }
    return render(
      <MeContext.Provider value={me}>
        <Board live={live} visit="" lang="fr" setLang={() => undefined} />
      </MeContext.Provider>,
    )
  }
  const known = { email: 'julie@example.ca', hasSession: true }
  const [viewer, dispatcher] = [
    person({ ...known, role: 'viewer' }),
    person({ ...known, role: 'dispatcher' }),
  ]

  for (const words of ['Accorder', 'Libérer sans preuve', 'Trancher<', 'Annuler (']) {
    expect(dispatcher).toContain(words)
    expect(viewer).not.toContain(words)
    expect(person(null)).not.toContain(words)
  }
  expect(viewer).toContain('DJ-00161')
  expect(viewer).toContain('Lecture seule')
})

test('the way out is shown to who came in here, and to nobody whom a proxy lets in', () => {
  const shown = (hasSession: boolean): string =>
    render(
      <MeContext.Provider value={{ email: 'julie@example.ca', role: 'admin', hasSession }}>
        <Board
          live={{ status: 'live', board: EMPTY, now: NOW, answeredAt: NOW }}
          visit=""
          lang="fr"
          setLang={() => undefined}
        />
      </MeContext.Provider>,
    )

  expect(shown(true)).toContain('<form method="post" action="/board/logout">')
  expect(shown(false)).not.toContain('/board/logout')
  expect(shown(false)).toContain('julie@example.ca')
})

test('a phone says what it holds and when it was last heard', () => {
  const read = text(html(BUSY))

  expect(read).toContain(
    "il y a 4 min 3 52 min 4 / 6,3 Mo rien encore 7 encore sur l'appareil ✓ actif 1.4.2",
  )
  expect(read).toContain('il y a 3 h 10 ■ silencieux')
})

test('a day is proved when all of it is on file, and says what is missing', () => {
  const proof = { technician: MARC.technician, told: 31, filed: 31, refused: 0 }
  const times = { firstAt: NOW, lastAt: NOW }
  const idle = { ...MARC, pending: 0, photos: 0 }
  const day = (changed: Partial<typeof proof>, line: DeviceLine): string =>
    text(html({ ...BUSY, devices: [line], proofs: [{ ...proof, ...times, ...changed }] }))

  expect(day({}, idle)).toContain('✓ 31 gestes, tout au dossier')
  expect(day({ filed: 28 }, idle)).toContain(
    '▲ 31 gestes, 28 au dossier 3 en route vers le dossier',
  )
  expect(day({ filed: 29, refused: 2 }, idle)).toContain('■ 31 gestes, 29 au dossier 2 refusés')
  expect(day({}, MARC)).toContain("▲ 31 gestes, 31 au dossier 7 encore sur l'appareil")
})

test('an outage of ERPNext and of a sector are said before anything else', () => {
  const out = { id: '7', sector: 'OLT-MERCIER-1', text: 'OLT Mercier', since: NOW, visits: 1 }
  const read = text(html({ ...BUSY, outages: [out], visits: [{ ...VISIT, outage: '7' }] }))

  expect(read).toContain('Mode panne : ERPNext ne répond pas depuis 9 h 12.')
  expect(read).toContain('Panne connue dans le secteur OLT-MERCIER-1 depuis 14 h 41')
  expect(read).toContain('■ panne connue')
})

test('what the office moved and ERPNext has not is hatched, in words too', () => {
  const markup = html({ ...BUSY, visits: [{ ...VISIT, unfiled: ['window_start'] }] })

  expect(markup).toContain('<span class="hours hatched">')
  expect(text(markup)).toContain('pas encore dans ERPNext')
})

test('a source that is away is said with its time', () => {
  const sources = [
    { name: 'acs_live', breaker: 'closed', since: null, error: '' },
    { name: 'olt', breaker: 'open', since: NOW, error: 'timeout' },
  ]

  expect(text(html({ ...BUSY, sources }))).toContain('✓ ACS répond ■ OLT absente depuis 14 h 41')
})

test('a visit says its device time, when it was received, and what is not on file', () => {
  const markup = html(BUSY)

  expect(text(markup)).toContain('Terminée 14 h 05 , pas encore au dossier (reçu 14 h 40)')
  expect(markup).toContain('class="chip s-completed hatched"')
  expect(markup).toContain('<span class="serial">TPLG1A2B3C4D</span>')
  expect(text(markup)).toContain('1 étiquette à confirmer')
})

test('the same board reads in English', () => {
  const read = text(html(BUSY, 'en'))

  expect(read).toContain('Office (ERPNext) Late since 9:12 a.m. 50 queued')
  expect(read).toContain('Done 2:05 p.m. , not yet on file (received 2:40 p.m.)')
  expect(read).not.toMatch(/Visites|Santé|Refusés|Technicien /)
})

test('an empty board says so in every section', () => {
  const read = text(html(EMPTY))

  for (const words of ['Rien à trancher.', 'Aucun envoi refusé.', "Aucune visite aujourd'hui."]) {
    expect(read).toContain(words)
  }
  expect(read).toContain('Bureau (ERPNext) Jamais joint 0 en file')
})

const LACKS: BoardState = {
  ...EMPTY,
  check: {
    checkedAt: NOW - 10 * MINUTE,
    lines: [
      { level: 'missing', about: 'Dispatch Job.status', code: 'no-option', detail: 'On Hold' },
      { level: 'missing', about: 'zone', code: 'zone-differs', detail: 'America/Halifax' },
      { level: 'note', about: 'Field Operation', code: 'no-ledger', detail: '' },
    ],
  },
}

test('what the ERPNext site lacks is one line that opens into its list', () => {
  const read = text(html(LACKS))

  expect(read).toContain('ERPNext : 2 points à corriger · vérifié il y a 10 min')
  expect(read).toContain('Dispatch Job.status choix absent · On Hold')
  expect(read).toContain('Fuseau horaire fuseaux différents · America/Halifax')
  expect(text(html(LACKS, 'en'))).toContain('ERPNext: 2 things to mend')
})

test('a site that fits has no line, and notes alone raise no alarm', () => {
  const check = { checkedAt: NOW, lines: LACKS.check?.lines.slice(2) ?? [] }

  expect(html({ ...EMPTY, check: { checkedAt: NOW, lines: [] } })).not.toContain('class="check"')
  expect(html({ ...EMPTY, check })).toContain('<summary class="soft">ERPNext : 1 remarque')
})

test("a link to a visit of today's finds its line, which can take the keyboard", () => {
  const place = placeOf(visitAsked('?visit=1'), BUSY.visits)

  expect(html(BUSY, 'fr', 'live', '1')).toContain(`<tr id="${place}" tabindex="-1">`)
  expect(html(BUSY, 'fr', 'live', '1')).not.toContain('inconnue')
})

test('a visit that the board does not show is said to be unknown, in either language', () => {
  const [french, english] = [html(BUSY, 'fr', 'live', '9'), html(BUSY, 'en', 'live', '9')]

  expect(french).toContain('<p class="trouble" tabindex="-1">La visite demandée est inconnue')
  expect(text(english)).toContain('The job asked for is unknown')
  expect(visitAsked('')).toBe('')
})

test('tables have a name, and headers for their columns and rows', () => {
  const markup = html(BUSY)

  expect(markup).toContain('<caption>Marc Tremblay')
  expect(markup).toContain('<th scope="row">Marc Tremblay')
  expect(markup.match(/<th scope="col">/g)).toHaveLength(8 + 4)
})

test('a server that does not answer leaves the figures and says their time', () => {
  const read = text(html(BUSY, 'fr', 'stale'))

  expect(read).toContain('Le serveur ne répond pas. Chiffres de 14 h 41.')
  expect(read).toContain('Ginette Lachapelle')
})

test('who is staff no more sees no customer', () => {
  expect(text(html(null, 'fr', 'out'))).toContain('Session terminée.')
})

test('a name is found without its accents, and decisions stay', () => {
  const found = filtered(BUSY, { name: 'zoe ', attention: false }, NOW)

  expect(found.devices).toEqual([ZOE])
  expect(found.visits).toEqual([])
  expect(found.tiles.conflicts).toBe(2)
})

test('only technicians whose phone needs attention are left when asked', () => {
  const found = filtered(BUSY, { name: '', attention: true }, NOW)

  expect(found.devices).toEqual([ZOE])
})

test('who has a decision open is among those who need attention', () => {
  const conflict = {
    ...{
      id: 'c1',
      key: 'job/1',
      visit: 'V-1',
      path: 'status',
      base: 'todo',
      mine: 'on_site',
      theirs: 'cancelled',
    },
    ...{ author: VISIT.name, otherAuthor: 'Julie', madeAt: NOW, otherAt: NOW },
    ...{ suggested: 'theirs', askedAt: 0, value: 'status', photos: [] },
  }

  const found = filtered({ ...BUSY, conflicts: [conflict] }, { name: '', attention: true }, NOW)

  expect(found.visits).toContainEqual(VISIT)
})

test('neighbouring visits of one technician make a group', () => {
  const other = { ...VISIT, key: 'job/2', technician: 'technician/2' }

  const groups = byTechnician([VISIT, { ...VISIT, key: 'job/3' }, other])

  expect(groups.map((group) => group.map(({ key }) => key))).toEqual([
    ['job/1', 'job/3'],
    ['job/2'],
  ])
})
