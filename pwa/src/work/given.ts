/** What the tests of these gestures start from: a visit, and the props of its sections and screens. */
import type { Cells, Item } from '../sync/types.ts'
import { rowsWith, snapshotWith, TODAY } from '../tech/fixtures.ts'
import { visitView } from '../tech/visit.ts'
import type { WorkProps, WorkSection } from '../tech/with-work.tsx'
import { learn } from './words.ts'

await learn('fr')

/** A visit of today with these cells, and what is still on the phone of it. */
export function given(cells: Cells, items: Item[] = []): WorkProps & WorkSection {
  const rows = rowsWith(cells)
  const view = visitView(rows, 'job/a', items, { removed: new Map(), marks: new Map(), seen: {} })
  if (!view) throw new Error('no visit')
  const snapshot = snapshotWith({ rows, items })
  return { jobKey: 'job/a', part: '', view, snapshot, today: TODAY, locked: false }
}
