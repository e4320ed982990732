/** Evidence of a visit, and what its completion lacks: twin of `sync/evidence.py`. */
import { stripped } from './job-status.ts'
import { stands } from './lines.ts'
import type { Cells } from './types.ts'
import { lastCheck } from './verification.ts'
import {
  BAD_ARGS,
  BLOB_CHARACTERS,
  characters,
  type Effect,
  fits,
  type Intent,
  itemsOf,
  SERIAL_CHARACTERS,
  type Shape,
  signed,
  type Text,
} from './writes.ts'

const SIGNATURE: Shape = { name: 'string', moment: ['route', 'conformity'], blob: 'string' }

/** What the completion that can bill still waits for; the server's word is the one that counts. */
export function missingEvidence(cells: Cells): string[] {
  if (!cells.billable) return []
  const demanded = Array.isArray(cells.evidence) ? cells.evidence : Object.keys(IS_THERE)
  return demanded.map(String).filter((kind) => !IS_THERE[kind]?.(cells))
}

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

/** A label that was photographed and that no line answers: to be read, or to be chosen from. */
function isLabelToConfirm(cells: Cells): boolean {
  const lines = itemsOf(cells, 'equipment').map(([, line]) => line)
  const known = lines.map(({ serial }) => String(serial).toUpperCase())
  return itemsOf(cells, 'scans').some(([path, { state, codes, what }]) => {
    const values = (Array.isArray(codes) ? codes : []).map((code) => code?.value)
    const answered = lines.some(({ scan }) => path === `scans/${scan}`)
    const told = values.some((value) => known.includes(String(value).toUpperCase()))
    return (state === 'waiting' || state === 'choose') && !what && !answered && !told
  })
}

const IS_THERE: Record<string, (cells: Cells) => boolean> = {
  serial: (cells) =>
    itemsOf(cells, 'equipment').some(([, line]) => stands(line)) && !isLabelToConfirm(cells),
  verification: (cells) => {
    const last = lastCheck(cells)
    return last?.verdict !== 'fail' || 'accepted' in last
  },
  photos: (cells) => {
    const here = itemsOf(cells, 'photos').filter(([, item]) => item.received_at != null)
    return here.length >= Number(cells.required_photos ?? 0)
  },
}
