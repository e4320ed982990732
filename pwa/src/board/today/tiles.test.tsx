import { expect, test } from 'vitest'
import { BUSY, EMPTY, html, MINUTE, NOW, text, VISIT } from '../given.tsx'
import type { BoardState } from '../state.ts'

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

test('an outage of ERPNext and of a sector are said before anything else', () => {
  const out = { id: '7', sector: 'OLT-MERCIER-1', text: 'OLT Mercier', since: NOW, visits: 1 }
  const read = text(html({ ...BUSY, outages: [out], visits: [{ ...VISIT, outage: '7' }] }))

  expect(read).toContain('Mode panne : ERPNext ne répond pas depuis 9 h 12.')
  expect(read).toContain('Panne connue dans le secteur OLT-MERCIER-1 depuis 14 h 41')
  expect(read).toContain('■ panne connue')
})

test('a source that is away is said with its time', () => {
  const sources = [
    { name: 'acs_live', breaker: 'closed', since: null, error: '' },
    { name: 'olt', breaker: 'open', since: NOW, error: 'timeout' },
  ]

  expect(text(html({ ...BUSY, sources }))).toContain('✓ ACS répond ■ OLT absente depuis 14 h 41')
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
