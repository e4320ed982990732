/** Lines of equipment, installed or corrected: twin of `sync/lines.py`. */
import { stripped } from './job-status.ts'
import type { Cells } from './types.ts'
import {
  BAD_ARGS,
  characters,
  type Effect,
  fits,
  type Intent,
  itemsOf,
  present,
  SERIAL_CHARACTERS,
  type Shape,
  SOURCES,
  signed,
  type Text,
  type Writes,
} from './writes.ts'

/** What a device is worth that comes out; `missing`: it did not. */
export const RETURNED = ['working', 'faulty', 'damaged', 'missing'] as const
const EQUIPMENT: Shape = {
  action: ['install', 'replace', 'remove'],
  serial: 'string',
  type: 'short',
  symbology: 'short',
  source: SOURCES,
  scan: 'short',
  replaces: 'short',
  returned: ['', ...RETURNED],
  returned_why: 'short',
  stage: 'short',
  decoder: 'short',
  step: 'short',
  ms: 'count',
  photo: 'short',
}
const CORRECT: Shape = { wrong: 'string', right: 'string', reason: 'long', source: SOURCES }
const CREATE: Shape = {
  job: 'string',
  serial: 'string',
  type: 'short',
  model: 'short',
  mac: 'short',
}
const KEPT = ['action', 'type', 'replaces']

export function equipment(intent: Intent, _cells: Cells, by: string): Effect {
  const args = intent.args ?? {}
  if (!fits(args, EQUIPMENT, ['serial'])) return BAD_ARGS
  const { serial = '', action = 'install', source = 'typed' } = args as Text
  if (isBadSerial(serial)) return { fault: 'bad-serial' }
  const line = { ...present(args), action, source }
  return { writes: { [`equipment/${intent.id}`]: signed(intent, by, line) } }
}

export function create(intent: Intent): Effect {
  const args = intent.args ?? {}
  if (!fits(args, CREATE, ['job', 'serial'])) return BAD_ARGS
  const { serial = '', type = '', model = '', mac = '' } = args as Text
  if (isBadSerial(serial)) return { fault: 'bad-serial' }
  return { writes: present({ serial_number: serial, equipment_type: type, model, mac }) }
}

export function correct(intent: Intent, cells: Cells, by: string): Effect {
  const args = intent.args ?? {}
  if (!fits(args, CORRECT, ['wrong', 'right', 'reason'])) return BAD_ARGS
  const { wrong = '', right = '', reason = '', source = 'typed' } = args as Text
  if (isBadSerial(right) || right === wrong) return { fault: 'bad-serial' }
  if (!stripped(reason)) return { fault: 'reason-required' }
  const reported = reportedAt(cells, wrong)
  if (!reported) return { fault: 'unknown-serial' }
  const [path, before] = reported
  const kept = Object.fromEntries(Object.entries(before).filter(([name]) => KEPT.includes(name)))
  const line = { ...kept, serial: right, source, reason, corrects: path.split('/')[1] }
  return {
    writes: {
      [path]: { ...before, superseded: intent.id },
      [`equipment/${intent.id}`]: signed(intent, by, line),
    },
  }
}

/** Whether a line says that something is in place: not taken out, and not corrected since. */
export function stands(line: Writes): boolean {
  return line.action !== 'remove' && !('superseded' in line)
}

/** The newest line by which a serial stands as installed. */
function reportedAt(cells: Cells, serial: string): [string, Writes] | undefined {
  const standing = itemsOf(cells, 'equipment').filter(
    ([, line]) => line.serial === serial && stands(line),
  )
  const at = ([, line]: [string, Writes]): number => Number(line.at)
  return standing.sort((a, b) => at(b) - at(a) || (a[0] < b[0] ? 1 : -1))[0]
}

function isBadSerial(serial: string): boolean {
  const length = characters(serial)
  return length === 0 || length > SERIAL_CHARACTERS || serial !== stripped(serial)
}
