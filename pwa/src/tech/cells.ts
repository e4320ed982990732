/** Reads the flat cells of a record without trusting what is in them. */
import type { Cells, Rows } from '../sync/types.ts'

export function text(cells: Cells | undefined, path: string): string {
  const value = cells?.[path]
  return typeof value === 'string' ? value : ''
}

/** A whole number of a cell, 0 when there is none. */
export function whole(cells: Cells | undefined, path: string): number {
  const value = cells?.[path]
  return typeof value === 'number' && Number.isInteger(value) ? value : 0
}

/** The record that a reference field of `cells` names. */
export function referred(rows: Rows, cells: Cells, field: string): Cells | undefined {
  return rows.get(text(cells, field))
}

/** Whom a visit is for, by the customer's name or what the visit is about. */
export function clientOf(rows: Rows, job: Cells): string {
  return text(referred(rows, job, 'contact'), 'full_name') || text(job, 'subject')
}

/** The entries of a set or list field: `notes/<id>` as [id, value], absent ones left out. */
export function entries(cells: Cells, field: string): [id: string, value: unknown][] {
  const prefix = `${field}/`
  return Object.entries(cells)
    .filter(([path, value]) => path.startsWith(prefix) && value !== null)
    .map(([path, value]) => [path.slice(prefix.length), value])
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
