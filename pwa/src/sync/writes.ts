/** What a mutation may write, and how its arguments are checked: twin of `sync/writes.py`. */
import type { Mutation } from './protocol.ts'
import type { Cells } from './types.ts'

export const NOTE_CHARACTERS = 4000
export const SERIAL_CHARACTERS = 80
export const BLOB_CHARACTERS = 64

export type Intent = Omit<Mutation, 'seq'>
export type Writes = Record<string, unknown>
/** The cells written, or the stable code of why there is no effect. */
export type Effect = { writes: Writes } | { fault: string }
export type EffectOf = (intent: Intent, cells: Cells, by: string) => Effect

/** `string` is bounded elsewhere, `count` is a whole number, `dbm` an optical power; `short` and `long` are texts of at most 80 and 4000 characters. */
type Type = 'string' | 'short' | 'long' | 'count' | 'dbm' | 'boolean' | 'scalar' | readonly string[]
export type Shape = Record<string, Type>
export type Text = Record<string, string>

export const BAD_ARGS = { fault: 'bad-args' }
export const SOURCES = ['barcode', 'typed', 'photo']

/** Whether the arguments are of these types, none unknown, none of the required missing. */
export function fits(
  args: Record<string, unknown>,
  shape: Shape,
  required: readonly string[],
): boolean {
  if (!required.every((name) => Object.hasOwn(args, name))) return false
  return Object.entries(args).every(([name, value]) => {
    const type = Object.hasOwn(shape, name) ? shape[name] : undefined
    if (type === undefined) return false
    if (typeof type !== 'string') return type.includes(String(value))
    return IS_OF[type]?.(value) ?? typeof value === type
  })
}

const IS_OF: Readonly<Record<string, (value: unknown) => boolean>> = {
  scalar: (value) => value === null || typeof value !== 'object',
  short: (value) => isText(value, SERIAL_CHARACTERS),
  long: (value) => isText(value, NOTE_CHARACTERS),
  dbm: (value) => typeof value === 'number' && value >= -70 && value <= 10,
  count: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 31,
}

function isText(value: unknown, limit: number): boolean {
  return typeof value === 'string' && characters(value) <= limit
}

/** An item with when it was made (device clock, UTC ms) and by whom. */
export function signed(intent: Intent, by: string, item: Writes): Writes {
  return { ...item, at: intent.made_at, by }
}

/** The arguments that say something. */
export function present(args: Record<string, unknown>): Writes {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== '' && value !== 0))
}

/** How long a text is as Python counts: code points, where JavaScript counts UTF-16 units. */
export function characters(text: string): number {
  return [...text].length
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The items of a list among a record's cells, by path. */
export function itemsOf(cells: Cells, name: string): [path: string, item: Writes][] {
  return Object.entries(cells).filter(
    (cell): cell is [string, Writes] => cell[0].startsWith(`${name}/`) && isObject(cell[1]),
  )
}
