/** Decides how the outbox reads: its groups, and each gesture as a verb and an object. */
import { type Key, named, type Translator } from '../i18n/translator.ts'
import type { ConflictView, Item, Rows, Snapshot } from '../sync/types.ts'
import { clientOf, isRecord, text } from './cells.ts'
import { grouped } from './codes.ts'
import { isRefused, isUnsent } from './item-state.ts'

export interface Groups {
  conflicts: ConflictView[]
  /** In conflict without the two values at hand. */
  undecided: Item[]
  refused: Item[]
  local: Item[]
  received: Item[]
}

export function groups({ items, conflicts }: Pick<Snapshot, 'items' | 'conflicts'>): Groups {
  const hard = conflicts.filter((conflict) => !conflict.soft)
  const told = new Set(hard.map((conflict) => conflict.key))
  const newest = [...items].reverse()
  return {
    conflicts: hard,
    undecided: newest.filter((item) => item.state === 'conflict' && !told.has(item.key)),
    refused: newest.filter((item) => isRefused(item.state)),
    local: items.filter((item) => isUnsent(item.state)),
    received: newest.filter((item) => isArrived(item)),
  }
}

/** How many choices are open: a conflict and the gestures behind it count once. */
export function decisions(told: Pick<Snapshot, 'items' | 'conflicts'>): number {
  const { conflicts, undecided } = groups(told)
  return conflicts.length + undecided.length
}

/** "Statut Sur place – Luc Tremblay". */
export function title(
  t: Translator,
  rows: Rows,
  item: Pick<Item, 'kind' | 'key' | 'args'>,
): string {
  return [verb(t, rows, item), client(rows, item.key)].filter(Boolean).join(' – ')
}

/** What a conflict is about: "Statut – Luc Tremblay". */
export function conflictTitle(t: Translator, rows: Rows, conflict: ConflictView): string {
  const field = conflict.path.split('/')[0] ?? ''
  return [named(t, 'field', field), client(rows, conflict.key)].filter(Boolean).join(' – ')
}

/** A cell's value as people say it. */
export function valueWord(t: Translator, path: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return t('outbox.nothing')
  if (path === 'status' || path === 'reason') return named(t, path, String(value))
  if (path.startsWith('equipment/') && typeof value === 'string') return grouped(value)
  if (isRecord(value))
    return grouped(text(value, 'serial')) || text(value, 'text') || JSON.stringify(value)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

export function mayRetry(item: Item): boolean {
  return item.state === 'retry' || isRefused(item.state)
}

export function mayAbandon(item: Item): boolean {
  return item.state === 'local' || item.state === 'retry' || isRefused(item.state)
}

const PLAIN: Readonly<Record<string, Key>> = {
  note: 'item.note',
  scan: 'item.scan',
  edit: 'item.edit',
  photo: 'item.photo',
  signature: 'item.signature',
  attempt: 'item.attempt',
  notice: 'item.notice',
  material: 'item.material',
  request: 'item.request',
  resolve: 'item.resolve',
  accept: 'item.accept',
}

function verb(
  t: Translator,
  rows: Rows,
  { kind, key, args }: Pick<Item, 'kind' | 'key' | 'args'>,
): string {
  if (kind === 'status') return t('item.status', { what: named(t, 'status', text(args, 'to')) })
  if (kind === 'tag') return t('item.tag', { what: named(t, 'tag', text(args, 'tag')) })
  if (kind === 'equipment') {
    const taken = args.action === 'remove'
    return t(taken ? 'item.taken_back' : 'item.equipment', { what: grouped(text(args, 'serial')) })
  }
  if (kind === 'correct') return t('item.correct', { what: grouped(text(args, 'wrong')) })
  if (kind === 'check') {
    const what = stepLabel(rows, key, text(args, 'item'))
    return t(args.done === false ? 'item.uncheck' : 'item.check', { what })
  }
  return t(PLAIN[kind] ?? 'item.other')
}

export function client(rows: Rows, key: string): string {
  const record = rows.get(key)
  if (!record) return ''
  if (!key.startsWith('job/')) return text(record, 'full_name') || text(record, 'street')
  return clientOf(rows, record)
}

function stepLabel(rows: Rows, key: string, id: string): string {
  const list = rows.get(key)?.checklist
  const step = Array.isArray(list) ? list.filter(isRecord).find((entry) => entry.id === id) : null
  return step ? text(step, 'label') || id : id
}

function isArrived({ state }: Item): boolean {
  return !isUnsent(state) && !isRefused(state) && state !== 'conflict'
}
