/** What the tests of the board's rooms begin with: a phone, a visit, boards, and how they read. */
import { render } from 'preact-render-to-string'
import type { Lang } from '../i18n/translate.ts'
import { Board } from './board.tsx'
import type { Live } from './live.ts'
import type { BoardState, DeviceLine, Visit } from './state.ts'

export const NOW = Date.UTC(2026, 10, 23, 19, 41)
export const MINUTE = 60_000

export const MARC: DeviceLine = {
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
export const ZOE: DeviceLine = {
  ...MARC,
  technician: 'technician/2',
  name: 'Zoé Paquette',
  seenAt: NOW - 190 * MINUTE,
}
export const VISIT: Visit = {
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
  madeHere: false,
  seen: null,
}
export const EMPTY: BoardState = {
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
export const BUSY: BoardState = {
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

export const DECISIONS: BoardState = {
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

export function html(
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
export function text(markup: string): string {
  return markup.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
}
