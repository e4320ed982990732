/** Keeps the lines that did not change, so that a new answer redraws only what is new. */
import type { BoardState } from './state.ts'

/** `next`, with every line that equals one of `before` replaced by that very object. */
export function shared(before: BoardState | null, next: BoardState): BoardState {
  if (!before) return next
  return {
    ...next,
    devices: kept(before.devices, next.devices, (line) => `${line.technician} ${line.device}`),
    visits: kept(before.visits, next.visits, (visit) => visit.key),
  }
}

function kept<Line>(before: readonly Line[], after: readonly Line[], key: (line: Line) => string) {
  const known = new Map(before.map((line) => [key(line), line]))
  return after.map((line) => {
    const old = known.get(key(line))
    return old && JSON.stringify(old) === JSON.stringify(line) ? old : line
  })
}
