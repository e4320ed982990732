import { expect, test } from 'vitest'
import type { Cells, Item } from '../sync/types.ts'
import { item, NOW, rowsWith } from './fixtures.ts'
import { actionOf, otherVisitWith, troubleOf, type VisitView, visitView } from './visit.ts'

const LOCAL = { removed: new Map<string, Cells>(), marks: new Map(), seen: {} }
const FITTED = { 'equipment/e1': { action: 'install', serial: 'TPLG1A2B3C4D', at: NOW } }
const CHECKED = { 'checked/s1': { done: true, at: NOW, by: 'Marc' } }

const DISPUTED = item('conflict', {
  id: 'm-1',
  kind: 'equipment',
  args: { action: 'install', serial: 'TPLG1A2B3C4D', type: 'serial', source: 'typed' },
})

function visit(cells: Cells, items: Item[] = []): VisitView {
  const view = visitView(rowsWith(cells), 'job/a', items, LOCAL)
  if (!view) throw new Error('the visit is held')
  return view
}

test.each([
  ['todo', { kind: 'status', to: 'en_route' }],
  ['en_route', { kind: 'status', to: 'on_site' }],
  ['on_hold', { kind: 'status', to: 'on_site' }],
  ['completed', { kind: 'none' }],
  ['not_completed', { kind: 'none' }],
  ['cancelled', { kind: 'none' }],
])('from %s there is one next step', (status, next) => {
  expect(visit({ status }).next).toEqual(next)
})

test('an installation without equipment asks for the ONT before it can end', () => {
  expect(visit({ status: 'on_site' }).next).toEqual({ kind: 'scan' })
})

test('a repair does not ask for equipment', () => {
  expect(visit({ status: 'on_site', job_type: 'repair' }).next.kind).toBe('complete')
})

test('a kept photo lets the visit go on', () => {
  const scans = { 'scans/k1': { blob: 'b', state: 'waiting', at: NOW } }

  expect(visit({ status: 'on_site', ...scans }).next.kind).toBe('complete')
})

test('what is required and not done is missing', () => {
  const { next } = visit({ status: 'on_site', ...FITTED })

  expect(next.kind === 'complete' && next.missing.map((step) => step.id)).toEqual(['s1'])
})

test('with every required step done the visit can end', () => {
  expect(visit({ status: 'on_site', ...FITTED, ...CHECKED }).next).toEqual({
    kind: 'complete',
    missing: [],
  })
})

test('equipment that was removed later is not there', () => {
  const removal = { 'equipment/e2': { action: 'remove', serial: 'TPLG1A2B3C4D', at: NOW + 1 } }

  expect(visit({ ...FITTED, ...removal }).equipment).toEqual([])
})

test('what a removal takes back is there, and no other visit is said to have it', () => {
  const taken = { 'equipment/e1': { action: 'remove', serial: 'TPLG1A2B3C4D', at: NOW } }

  const lines = visit({ job_type: 'Removal', ...taken }).equipment

  expect(lines.map(({ action, serial }) => [action, serial])).toEqual([['remove', 'TPLG1A2B3C4D']])
  expect(otherVisitWith(rowsWith(taken), 'job/b', 'TPLG1A2B3C4D')).toBe('')
})

test('a removal takes equipment back, every other visit installs it', () => {
  expect(actionOf('removal')).toBe('remove')
  expect(actionOf('repair')).toBe('install')
  expect(actionOf('Inspection')).toBe('install')
})

test('equipment that was replaced gives its place to the new one', () => {
  const swap = {
    'equipment/e2': { action: 'replace', serial: 'NEW1', replaces: 'TPLG1A2B3C4D', at: NOW + 1 },
  }

  expect(visit({ ...FITTED, ...swap }).equipment.map((line) => line.serial)).toEqual(['NEW1'])
})

test('a photo whose number is in use is no longer shown', () => {
  const scans = { 'scans/k1': { blob: 'b', state: 'read', at: NOW } }
  const used = { 'equipment/e1': { action: 'install', serial: 'X1', scan: 'k1', at: NOW } }

  expect(visit(scans).scans).toHaveLength(1)
  expect(visit({ ...scans, ...used }).scans).toEqual([])
})

test('a photo whose number the visit has already is no longer shown', () => {
  const codes = [{ text: 'x', symbology: 'code128', type: 'serial', value: 'tplg1a2b3c4d' }]
  const scans = { 'scans/k1': { blob: 'b', state: 'read', codes, at: NOW } }

  expect(visit(scans).scans).toHaveLength(1)
  expect(visit({ ...scans, ...FITTED }).scans).toEqual([])
})

test('equipment that the server did not take stays on its visit until somebody decides', () => {
  const codes = [{ text: 'x', symbology: 'code128', type: 'serial', value: 'TPLG1A2B3C4D' }]
  const scans = { 'scans/k1': { blob: 'b', state: 'read', codes, at: NOW } }

  const view = visit({ status: 'on_site', ...scans }, [DISPUTED])

  expect(view.equipment).toEqual([
    {
      id: 'm-1',
      corrected: '',
      why: '',
      serial: 'TPLG1A2B3C4D',
      type: 'serial',
      action: 'install',
      source: 'typed',
      state: 'conflict',
    },
  ])
  expect(view.scans).toEqual([])
  expect(view.next.kind).toBe('complete')
})

test('equipment whose conflict is decided for the other visit is not there', () => {
  expect(visit({}, [{ ...DISPUTED, state: 'received' }]).equipment).toEqual([])
})

test('what is still in the visit while in conflict is there once', () => {
  const line = { 'equipment/m-1': { ...DISPUTED.args, at: NOW } }

  expect(visit(line, [DISPUTED]).equipment.map(({ state }) => state)).toEqual(['conflict'])
})

test('a serial just reported is in trouble once it is disputed, not while it waits', () => {
  const serial = 'TPLG1A2B3C4D'

  expect(troubleOf([DISPUTED], 'job/a', serial)).toBe('conflict')
  expect(troubleOf([{ ...DISPUTED, state: 'local' }], 'job/a', serial)).toBeNull()
  expect(troubleOf([DISPUTED, { ...DISPUTED, state: 'local' }], 'job/a', serial)).toBeNull()
  expect(troubleOf([DISPUTED], 'job/b', serial)).toBeNull()
})

test('each gesture shows where it stands', () => {
  const notes = { 'notes/m-local': { text: 'Chien', at: NOW, by: 'Marc' } }
  const items = [item('local'), item('retry', { kind: 'check', args: { item: 's1', done: true } })]

  const view = visit({ ...notes, ...CHECKED }, items)

  expect(view.notes[0]?.state).toBe('local')
  expect(view.steps[0]?.state).toBe('retry')
})

test('a note that came late says how late', () => {
  const received_at = NOW + 3 * 3_600_000 + 60_000
  const notes = { 'notes/n': { text: 'Chien', at: NOW, by: 'Marc', received_at } }

  expect(visit(notes).notes[0]?.lateHours).toBe(3)
})

test('a visit that left keeps its data but takes no more steps', () => {
  const removed = new Map<string, Cells>([['job/z', { status: 'on_site' }]])

  const view = visitView(rowsWith({}), 'job/z', [], { ...LOCAL, removed })

  expect(view?.card.removed).toBe(true)
  expect(view?.next).toEqual({ kind: 'none' })
  expect(view?.mayFail).toBe(false)
})

test('a visit that is not here is not invented', () => {
  expect(visitView(rowsWith({}), 'job/none', [], LOCAL)).toBeNull()
})

test('the same serial on another visit is found', () => {
  const rows = rowsWith(FITTED)

  expect(otherVisitWith(rows, 'job/b', 'TPLG1A2B3C4D')).toBe('Luc Tremblay')
  expect(otherVisitWith(rows, 'job/a', 'TPLG1A2B3C4D')).toBe('')
})

test('a number that a model proposed says so, whatever it was read from', () => {
  const line = { action: 'install', serial: 'TPLG1A2B3C4D', source: 'photo', at: NOW }
  const sources = (stage?: string) =>
    visit({ 'equipment/e1': stage ? { ...line, stage } : line }).equipment.map((e) => e.source)

  expect(sources()).toEqual(['photo'])
  expect(sources('server')).toEqual(['photo'])
  expect(sources('model')).toEqual(['model'])
})
