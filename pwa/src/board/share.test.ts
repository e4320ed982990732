import { expect, test } from 'vitest'
import { shared } from './share.ts'
import type { BoardState, Visit } from './state.ts'

const visit = (key: string, name: string, start: string): Visit =>
  ({ key, name, technician: name, window: { start, end: '' } }) as Visit
const board = (visits: Visit[], changed: Partial<BoardState> = {}): BoardState =>
  ({ devices: [], visits, whole: true, gone: [], ...changed }) as unknown as BoardState

const A = visit('job/a', 'Zoé', '08:00')
const B = visit('job/b', 'Étienne', '10:00')
const C = visit('job/c', 'Étienne', '08:00')

test('only what changed is sent, and the board is whole and in order all the same', () => {
  const news = { whole: false, gone: ['job/a'] }

  const after = shared(board([B, A]), board([C], news))

  expect(after.visits).toEqual([C, B])
  expect(after.visits[1]).toBe(B)
  expect(after.whole).toBe(true)
})

test('an answer without news leaves the very list that was drawn', () => {
  const before = board([B, A])

  expect(shared(before, board([], { whole: false })).visits).toBe(before.visits)
})

test('a whole answer takes the place of everything, equal lines stay the same objects', () => {
  const after = shared(board([C, B, A]), board([{ ...B }, C]))

  expect(after.visits).toEqual([B, C])
  expect(after.visits[0]).toBe(B)
})
