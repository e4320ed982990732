/**
 * What a mutation does to the cells of its record: twin of `sync/effects.py`, held to it by the
 * golden cases of `sync/vectors/effects.json`.
 */
import { attempt, notice, photo, signature } from './evidence.ts'
import { isFieldPath, isFinished, parseStatus, reasonFault, stripped } from './job-status.ts'
import { correct, create, equipment } from './lines.ts'
import { material } from './materials.ts'
import { request } from './requests.ts'
import type { Cells } from './types.ts'
import { accept, verify } from './verification.ts'
import {
  BAD_ARGS,
  BLOB_CHARACTERS,
  characters,
  type Effect,
  type EffectOf,
  fits,
  type Intent,
  isObject,
  NOTE_CHARACTERS,
  present,
  SERIAL_CHARACTERS,
  type Shape,
  signed,
  type Text,
  type Writes,
} from './writes.ts'

const WHAT = ['label', 'equipment', 'invoice']
const SCAN: Shape = { blob: 'string', type: 'short', action: 'short', what: WHAT }

/** The cells that `intent`, by an author shown as `by`, writes over a record's `cells`. */
export function effects(intent: Intent, cells: Cells, by: string): Effect {
  const effect = Object.hasOwn(EFFECTS, intent.kind) ? EFFECTS[intent.kind] : undefined
  return effect ? effect(intent, cells, by) : { fault: 'unknown-kind' }
}

/** `cells` with `writes` over them; a null value takes the cell away. */
export function written(cells: Cells, writes: Writes): Cells {
  const result: Cells = { ...cells, ...writes }
  for (const path in writes) if (writes[path] === null) delete result[path]
  return result
}

function status(intent: Intent, cells: Cells, by: string): Effect {
  const args = intent.args ?? {}
  if (!fits(args, { to: 'string', reason: 'short', text: 'long' }, ['to'])) return BAD_ARGS
  const { reason = '', text = '' } = args as Text
  const to = parseStatus(args.to)
  if (!to) return BAD_ARGS
  const fault = reasonFault(to, reason, text)
  if (fault) return { fault }
  const current = parseStatus(cells.status) ?? 'todo'
  const mark = { [`marks/${intent.id}`]: signed(intent, by, present({ to, reason, text })) }
  if (to === current) return { writes: mark }
  if (!isFieldPath(current, to)) return { fault: 'illegal-step' }
  const shown = (reason === 'other' ? text : reason) || null
  const writes: Writes = { status: to, reason: shown, ...mark }
  if (to === 'on_site' && cells.started_at == null) writes.started_at = intent.made_at
  if (isFinished(to)) writes.completed_at = intent.made_at
  return { writes }
}

function note(intent: Intent, _cells: Cells, by: string): Effect {
  const args = intent.args ?? {}
  if (!fits(args, { text: 'string' }, ['text'])) return BAD_ARGS
  const text = stripped(String(args.text))
  const length = characters(text)
  if (length === 0 || length > NOTE_CHARACTERS) return { fault: 'text-length' }
  return { writes: { [`notes/${intent.id}`]: signed(intent, by, { text }) } }
}

function check(intent: Intent, cells: Cells, by: string): Effect {
  const args = intent.args ?? {}
  if (!fits(args, { item: 'string', done: 'boolean' }, ['item', 'done'])) return BAD_ARGS
  const items: unknown[] = Array.isArray(cells.checklist) ? cells.checklist : []
  if (!items.some((item) => isObject(item) && item.id === args.item))
    return { fault: 'unknown-item' }
  return { writes: { [`checked/${args.item}`]: signed(intent, by, { done: args.done }) } }
}

function tag(intent: Intent): Effect {
  const args = intent.args ?? {}
  if (!fits(args, { tag: 'string', on: 'boolean' }, ['tag', 'on'])) return BAD_ARGS
  const name = String(args.tag)
  const length = characters(name)
  if (length === 0 || length > SERIAL_CHARACTERS || name.includes('/')) return BAD_ARGS
  return { writes: { [`tags/${name}`]: args.on ? true : null } }
}

function scan(intent: Intent, _cells: Cells, by: string): Effect {
  const args = intent.args ?? {}
  if (!fits(args, SCAN, ['blob'])) return BAD_ARGS
  const { blob = '', type = '', action = 'install', what = 'label' } = args as Text
  if (characters(blob) !== BLOB_CHARACTERS) return BAD_ARGS
  const asked = what === 'label' ? {} : { what }
  const item = { blob, state: 'waiting', type, action, ...asked }
  return { writes: { [`scans/${intent.id}`]: signed(intent, by, item) } }
}

function edit(intent: Intent): Effect {
  const args = intent.args ?? {}
  return Object.keys(args).length ? { writes: { ...args } } : BAD_ARGS
}

// The kinds that a phone makes. What ends a conflict shows once the server has said so: `resolve`
// writes no cell here.
const EFFECTS: Record<string, EffectOf> = {
  status,
  note,
  check,
  tag,
  equipment,
  correct,
  create,
  scan,
  photo,
  signature,
  attempt,
  notice,
  material,
  verify,
  accept,
  edit,
  request,
  resolve: () => ({ writes: {} }),
}
