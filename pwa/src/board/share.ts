/** Keeps the lines that did not change, so that a new answer redraws only what is new. */
import { plain } from './format.ts'
import type { BoardState, Visit } from './state.ts'

const LAST = '~'

/** `next` with all its visits, every line that equals one of `before` replaced by that very object. */
export function shared(before: BoardState | null, next: BoardState): BoardState {
  if (!before) return next
  const known = new Map(before.visits.map((visit) => [visit.key, visit]))
  const visits = next.visits.map((visit) => same(known.get(visit.key), visit))
  return {
    ...next,
    whole: true,
    devices: kept(before.devices, next.devices, (line) => `${line.technician} ${line.device}`),
    visits: next.whole ? visits : merged(known, visits, next.gone, before.visits),
  }
}

function merged(
  known: ReadonlyMap<string, Visit>,
  changed: readonly Visit[],
  gone: readonly string[],
  before: Visit[],
): Visit[] {
  if (!changed.length && !gone.length) return before
  const after = new Map(known)
  for (const key of gone) after.delete(key)
  for (const visit of changed) after.set(visit.key, visit)
  const ranked = [...after.values()].map((visit) => ({ visit, rank: rank(visit) }))
  return ranked.sort(inOrder).map(({ visit }) => visit)
}

interface Ranked {
  visit: Visit
  rank: string[]
}

/** As `_order` of `backend/board/today/visits.py`: by technician's name, then by the hours. */
function inOrder({ rank: a }: Ranked, { rank: b }: Ranked): number {
  const differs = a.findIndex((part, n) => part !== b[n])
  return differs < 0 ? 0 : (a[differs] ?? '') < (b[differs] ?? '') ? -1 : 1
}

function rank({ name, technician, window, key }: Visit): string[] {
  return [plain(name), technician, window.start || LAST, window.end || LAST, key]
}

function kept<Line>(before: readonly Line[], after: readonly Line[], key: (line: Line) => string) {
  const known = new Map(before.map((line) => [key(line), line]))
  return after.map((line) => same(known.get(key(line)), line))
}

function same<Line>(old: Line | undefined, line: Line): Line {
  return old && JSON.stringify(old) === JSON.stringify(line) ? old : line
}
