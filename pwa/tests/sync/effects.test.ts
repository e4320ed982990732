/** What mutations do to cells, held to the server's engine by the golden cases it shares. */
import { describe, expect, test } from 'vitest'
import { mayKeepMine } from '../../src/sync/conflicts.ts'
import { effects, written } from '../../src/sync/effects.ts'
import { FIELD_STEPS, isFieldPath, isFieldStep, type JobStatus } from '../../src/sync/job-status.ts'
import { missingEvidence } from '../../src/sync/missing.ts'
import type { Cells } from '../../src/sync/types.ts'
import type { Intent } from '../../src/sync/writes.ts'
import { golden } from './vectors.ts'

interface EffectCase {
  name: string
  mutation: Intent
  actor: string
  cells: Cells
  writes?: Record<string, unknown>
  fault?: string
}

interface EvidenceCase {
  name: string
  cells: Cells
  missing: string[]
}

interface ChoiceCase {
  name: string
  path: string
  theirs: unknown
  mine: boolean
}

interface StatusCase {
  from: JobStatus
  to: JobStatus[]
  path: JobStatus[]
}

// What was read on a label is the server's to say: no phone makes it.
const OURS = golden<EffectCase>('effects').filter(({ mutation }) => mutation.kind !== 'scan-read')

describe('golden cases of effects', () => {
  test.each(OURS)('$name', ({ mutation, actor, cells, writes, fault }) => {
    const expected = fault === undefined ? { writes } : { fault }
    expect(effects(mutation, cells, actor)).toEqual(expected)
  })
})

const STATUSES = Object.keys(FIELD_STEPS) as JobStatus[]
describe('golden cases of the job status', () => {
  test.each(golden<StatusCase>('job_status'))(
    'steps and paths from $from',
    ({ from, to, path }) => {
      const byName = (list: JobStatus[]) => [...list].sort()
      expect(byName(STATUSES.filter((status) => isFieldStep(from, status)))).toEqual(byName(to))
      expect(byName(STATUSES.filter((status) => isFieldPath(from, status)))).toEqual(byName(path))
    },
  )
})

describe('golden cases of the evidence', () => {
  test.each(golden<EvidenceCase>('evidence'))('$name', ({ cells, missing }) => {
    expect(missingEvidence(cells)).toEqual(missing)
  })
})

describe('golden cases of choices', () => {
  test.each(golden<ChoiceCase>('choices'))('$name', ({ path, theirs, mine }) => {
    expect(mayKeepMine({ path, theirs })).toBe(mine)
  })
})

const on = (kind: string, args: Intent['args'], cells: Cells = {}) =>
  effects({ id: 'm1', kind, key: 'job/1', base: 0, made_at: 7, args: args ?? {} }, cells, 'Marc')

test('the first arrival sets the start and later ones leave it', () => {
  const mark = { 'marks/m1': { to: 'on_site', at: 7, by: 'Marc' } }

  expect(on('status', { to: 'on_site' })).toEqual({
    writes: { status: 'on_site', reason: null, started_at: 7, ...mark },
  })
  expect(on('status', { to: 'on_site' }, { status: 'on_hold', started_at: 0 })).toEqual({
    writes: { status: 'on_site', reason: null, ...mark },
  })
})

test('the reason "other" is shown by its text', () => {
  const args = { to: 'not_completed', reason: 'other', text: 'chien' }
  expect(on('status', args, { status: 'on_site' })).toEqual({
    writes: {
      status: 'not_completed',
      reason: 'chien',
      completed_at: 7,
      'marks/m1': { ...args, at: 7, by: 'Marc' },
    },
  })
})

test.each([
  ['status', { to: 'completed' }, 'ok-by-way-of-others'],
  ['status', { to: 'cancelled' }, 'illegal-step'],
  ['status', { to: 'toString' }, 'bad-args'],
  ['status', { to: 'on_hold' }, 'reason-required'],
  ['status', { to: 'on_site', reason: 'part' }, 'reason-not-expected'],
  ['status', { to: 'not_completed', reason: 'other', text: '\u001c' }, 'text-required'],
  ['note', { text: ' \u0085 ' }, 'text-length'],
  ['note', { text: 'é'.repeat(4001) }, 'text-length'],
  ['note', { text: 'a', more: 1 }, 'bad-args'],
  ['check', { item: 'c1', done: true }, 'unknown-item'],
  ['check', { item: 'c1', done: 'yes' }, 'bad-args'],
  ['tag', { tag: 'a/b', on: true }, 'bad-args'],
  ['equipment', { serial: ' ' }, 'bad-serial'],
  ['equipment', { serial: 'S', action: 'eat' }, 'bad-args'],
  ['scan', { blob: 'short' }, 'bad-args'],
  ['edit', {}, 'bad-args'],
  ['void', {}, 'unknown-kind'],
  ['toString', {}, 'unknown-kind'],
])('%s with %o: %s', (kind, args, fault) => {
  const effect = on(kind, args)
  expect('fault' in effect ? effect.fault : 'ok-by-way-of-others').toBe(fault)
})

test('a note counts characters, not UTF-16 units', () => {
  expect(on('note', { text: '📷'.repeat(4000) })).toHaveProperty('writes')
})

test('an item of equipment keeps what was said and leaves out what was not', () => {
  expect(on('equipment', { serial: 'TPLG1', type: '' })).toEqual({
    writes: {
      'equipment/m1': { serial: 'TPLG1', action: 'install', source: 'typed', at: 7, by: 'Marc' },
    },
  })
})

test('a cell written null is taken away and the row before stays as it was', () => {
  const before = { 'tags/chien': true, status: 'todo' }
  expect(written(before, { 'tags/chien': null })).toEqual({ status: 'todo' })
  expect(before).toHaveProperty('tags/chien')
})
