/** The mutation that takes back one which may already have been sent. */

import { isFieldStep, parseStatus } from './job-status.ts'
import type { Cells, Draft } from './types.ts'
import type { Intent } from './writes.ts'

/**
 * The opposite of `intent`, given the row as it was pulled and as it shows now; null when nothing
 * takes it back (a note, a photo, a finished visit).
 */
export function compensation(intent: Intent, pulled: Cells, shown: Cells): Draft | null {
  const { kind, key, id } = intent
  const args = opposite(intent, pulled, shown)
  return args && { kind, key, args, deps: [id] }
}

function opposite(intent: Intent, pulled: Cells, shown: Cells): Draft['args'] | null {
  const args = intent.args ?? {}
  if (intent.kind === 'tag') return { tag: args.tag, on: !args.on }
  if (intent.kind === 'check') return { item: args.item, done: !args.done }
  if (intent.kind === 'equipment' && args.action !== 'remove')
    return { action: 'remove', serial: args.serial }
  if (intent.kind === 'edit')
    return Object.fromEntries(Object.keys(args).map((path) => [path, pulled[path] ?? null]))
  return intent.kind === 'status' ? stepBack(pulled, shown) : null
}

function stepBack(pulled: Cells, shown: Cells): Draft['args'] | null {
  const [from, to] = [parseStatus(shown.status), parseStatus(pulled.status)]
  return from && to && to !== 'on_hold' && isFieldStep(from, to) ? { to } : null
}
