/** Decides which materials a visit used, and what one more of something is. */
import type { Cells, Item, ItemState } from '../sync/types.ts'
import { text, whole } from '../tech/cells.ts'
import { dated } from '../tech/visit.ts'

/** What is used most, by the codes of `erpnext.toml`. */
export const USUAL = ['connector', 'jumper', 'outlet', 'cable_m', 'clips'] as const

export interface Used {
  id: string
  what: string
  count: number
  by: string
  /** Where the last gesture on this line stands. */
  state: ItemState | null
}

export function usedOf(job: Cells, items: readonly Item[]): Used[] {
  return dated(job, 'materials').map(({ id, value }) => ({
    id,
    what: text(value, 'what'),
    count: whole(value, 'count'),
    by: text(value, 'by'),
    state:
      items.findLast((item) => item.kind === 'material' && [item.id, item.args.line].includes(id))
        ?.state ?? null,
  }))
}

/** Arguments of `material`: one more on his own line, or a new one: another's is his. */
export function oneMore(used: readonly Used[], what: string, by: string): Cells {
  const own = used.find((line) => line.what === what && line.by === by)
  return own ? { line: own.id, count: own.count + 1 } : { what, count: 1 }
}
