/** Evidence of a visit: twin of `sync/evidence.py`. */
import { stripped } from './job-status.ts'
import type { Cells } from './types.ts'
import {
  BAD_ARGS,
  BLOB_CHARACTERS,
  characters,
  type Effect,
  fits,
  type Intent,
  SERIAL_CHARACTERS,
  type Shape,
  signed,
  type Text,
} from './writes.ts'

const SIGNATURE: Shape = { name: 'string', moment: ['route', 'conformity'], blob: 'string' }

export function photo(intent: Intent, _cells: Cells, by: string): Effect {
  const args = intent.args ?? {}
  if (!fits(args, { blob: 'string', slot: 'string' }, ['blob'])) return BAD_ARGS
  const { blob = '', slot = '' } = args as Text
  if (characters(blob) !== BLOB_CHARACTERS || characters(slot) > SERIAL_CHARACTERS) return BAD_ARGS
  return { writes: { [`photos/${intent.id}`]: signed(intent, by, { blob, slot }) } }
}

export function signature(intent: Intent, _cells: Cells, by: string): Effect {
  const args = intent.args ?? {}
  if (!fits(args, SIGNATURE, ['name', 'moment'])) return BAD_ARGS
  const { moment = '', blob = '' } = args as Text
  const name = stripped(String(args.name))
  const length = characters(name)
  if (length === 0 || length > SERIAL_CHARACTERS) return { fault: 'text-length' }
  if (blob && characters(blob) !== BLOB_CHARACTERS) return BAD_ARGS
  const item = { name, moment, ...(blob && { blob }) }
  return { writes: { [`signatures/${intent.id}`]: signed(intent, by, item) } }
}

export function attempt(intent: Intent, _cells: Cells, by: string): Effect {
  const args = intent.args ?? {}
  if (!fits(args, { how: ['call', 'text', 'door'] }, ['how'])) return BAD_ARGS
  return { writes: { [`attempts/${intent.id}`]: signed(intent, by, { how: args.how }) } }
}

export function notice(intent: Intent, _cells: Cells, by: string): Effect {
  const args = intent.args ?? {}
  if (!fits(args, { via: ['phone'], minutes: 'count' }, ['via'])) return BAD_ARGS
  return { writes: { [`notices/${intent.id}`]: signed(intent, by, { minutes: 0, ...args }) } }
}
