import { render } from 'preact-render-to-string'
import { expect, test } from 'vitest'
import { translator } from '../../i18n/translate.ts'
import { roomOf } from '../board.tsx'
import { type WorkLine, WorkTable, whatOf } from '../desk/lines.tsx'
import { people } from '../desk/technicians.tsx'
import type { DeviceLine, RefusedLine } from '../state.ts'
import { groups } from '../today/refused.tsx'
import { changes } from '../today/visit-dialog.tsx'
import { fr } from '../words/fr.ts'
import { searchOf } from './journal.tsx'
import { unsentOf } from './links.tsx'
import { grouped, modules } from './make-link.tsx'

const LINE: WorkLine = {
  id: 'm1',
  kind: 'status',
  by: 'Marc',
  device: 'd1',
  args: { to: 'completed' },
  madeAt: Date.UTC(2026, 10, 23, 19, 5),
  receivedAt: Date.UTC(2026, 10, 23, 19, 40),
  outcome: 'applied',
  reason: '',
  fate: 'filed',
  filedAt: Date.UTC(2026, 10, 23, 19, 41),
}
const UI = { w: fr, t: translator('fr'), zone: 'America/Toronto', today: '2026-11-23' }

test('a room has an address of its own, and a place in the page is of today', () => {
  expect(roomOf('#/journal?serial=A')).toEqual({ room: 'journal', query: 'serial=A' })
  expect(roomOf('#visits').room).toBe('today')
  expect(roomOf('#/nothing').room).toBe('today')
})

test('the journal looks at today unless its address says otherwise', () => {
  expect(searchOf('serial=TP', '2026-11-23')).toMatchObject({
    first: '2026-11-23',
    last: '2026-11-23',
    serial: 'TP',
  })
  expect(searchOf('first=2026-11-01', '2026-11-23').first).toBe('2026-11-01')
})

test('a line of work has three times, and says in words what was done and where it stands', () => {
  const markup = render(<WorkTable lines={[LINE]} label="Journal" />).replaceAll('\u00a0', ' ')

  for (const words of ['14 h 05', '14 h 40', '14 h 41', 'Statut Terminée', '✓', 'au dossier']) {
    expect(markup).toContain(words)
  }
  expect(whatOf(UI, { ...LINE, kind: 'edit', args: { technician: 'x' } })).toBe(
    'Correction Technicien',
  )
})

test('work that ERPNext has not taken waits, what it refused is no news of success', () => {
  const fate = (changed: Partial<WorkLine>): string =>
    render(<WorkTable lines={[{ ...LINE, fate: '', filedAt: null, ...changed }]} label="x" />)

  expect(fate({})).toContain('en attente')
  expect(fate({ outcome: 'rejected', reason: 'bad-serial' })).toContain('Numéro de série mal formé')
  expect(fate({ fate: 'refused' })).toContain('refusé')
})

test('only what the office changed is sent, and an emptied hour as nothing', () => {
  const before = { technician: 'a', date: '2026-11-23', window_start: '08:00', window_end: '' }

  expect(changes(before, before)).toEqual({})
  expect(changes(before, { ...before, technician: 'b', window_start: '' })).toEqual({
    technician: 'b',
    window_start: null,
  })
})

test('refusals of phones that share a reason are one button', () => {
  const line = (id: string, reason: string, byPhone = true): RefusedLine =>
    ({ id, reason, byPhone }) as RefusedLine
  const lines = [line('1', 'a'), line('2', 'b'), line('3', 'a'), line('4', 'a', false)]

  expect(groups(lines).map(([reason, same]) => [reason, same.length])).toEqual([['a', 2]])
})

test('a revocation counts what its living phones hold', () => {
  const phone = { pending: 2, photos: 1, revoked: false }

  expect(unsentOf([phone, { ...phone, revoked: true }])).toEqual({ work: 2, photos: 1 })
})

test('a technician with two phones is chosen once, by the one heard last', () => {
  const old = { technician: 't', device: 'old', seenAt: 1 } as DeviceLine
  const young = { technician: 't', device: 'new', seenAt: 2 } as DeviceLine

  expect(people([old, young])).toEqual([young])
})

test('a QR code is a path of its dark modules, and a code is said in two halves', () => {
  expect(modules(['10', '01'])).toBe('M0 0h1v1h-1zM1 1h1v1h-1z')
  expect(grouped('482913')).toBe('482 913')
})
