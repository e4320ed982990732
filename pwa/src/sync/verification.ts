/** Checks of the customer's line, as the phone asks for and accepts them: twin of `sync/verification.py`. */
import { stripped } from './job-status.ts'
import type { Cells } from './types.ts'
import {
  BAD_ARGS,
  BLOB_CHARACTERS,
  characters,
  type Effect,
  fits,
  type Intent,
  isObject,
  type Shape,
  signed,
  type Writes,
} from './writes.ts'

const VERIFY: Shape = { reason: ['install', 'rerun'], rx_dbm: 'dbm', blob: 'string' }

export function isEnded({ state }: Writes): boolean {
  return state !== 'asked' && state !== 'running'
}

export function verify(intent: Intent, _cells: Cells, by: string): Effect {
  const args = intent.args ?? {}
  if (!fits(args, VERIFY, ['reason'])) return BAD_ARGS
  const { blob = '', ...said } = args
  const length = characters(String(blob))
  if (length !== 0 && length !== BLOB_CHARACTERS) return BAD_ARGS
  const item = { state: 'asked', ...said, ...(length > 0 && { blob }) }
  return { writes: { [`verifications/${intent.id}`]: signed(intent, by, item) } }
}

export function accept(intent: Intent, cells: Cells, by: string): Effect {
  const args = intent.args ?? {}
  const names = ['verification', 'reason']
  if (!fits(args, { verification: 'string', reason: 'long' }, names)) return BAD_ARGS
  const path = `verifications/${args.verification}`
  const found = cells[path]
  if (!isObject(found)) return { fault: 'unknown-item' }
  if (!isEnded(found)) return { fault: 'not-ended' }
  const reason = stripped(String(args.reason))
  if (!reason) return { fault: 'reason-required' }
  return { writes: { [path]: { ...found, accepted: signed(intent, by, { reason }) } } }
}
