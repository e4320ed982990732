/** Materials used on a visit, counted lines: twin of `sync/materials.py`. */
import { stripped } from './job-status.ts'
import type { Cells } from './types.ts'
import { BAD_ARGS, type Effect, fits, type Intent, isObject, type Shape, signed } from './writes.ts'

const MATERIAL: Shape = { count: 'count', what: 'short', line: 'short' }

export function material(intent: Intent, cells: Cells, by: string): Effect {
  const args = intent.args ?? {}
  if (!fits(args, MATERIAL, ['count'])) return BAD_ARGS
  const { count, line } = args
  if (line) {
    const path = `materials/${line}`
    const before = cells[path]
    if (!isObject(before)) return { fault: 'unknown-item' }
    return { writes: { [path]: count ? { ...before, count } : null } }
  }
  const what = stripped(String(args.what ?? ''))
  if (!what || !count) return BAD_ARGS
  return { writes: { [`materials/${intent.id}`]: signed(intent, by, { what, count }) } }
}
