/** What the phone may only ask of the office: twin of `sync/requests.py`. */
import { stripped } from './job-status.ts'
import type { Cells } from './types.ts'
import { BAD_ARGS, type Effect, fits, type Intent, type Shape, signed } from './writes.ts'

const REQUEST: Shape = { what: 'string', value: 'scalar', text: 'long' }
const FIELDS = ['date', 'window_start', 'window_end', 'technician', 'priority']
const ERRANDS = ['activation', 'rebooking', 'help']

export function request(intent: Intent, _cells: Cells, by: string): Effect {
  const args = intent.args ?? {}
  if (!fits(args, REQUEST, ['what'])) return BAD_ARGS
  const { what, value = null, text = '' } = args
  const isErrand = ERRANDS.includes(String(what)) && value === null
  if (!FIELDS.includes(String(what)) && !isErrand) return { fault: 'not-requestable' }
  const asked = { what, value, text: stripped(String(text)), state: 'asked' }
  return { writes: { [`requests/${intent.id}`]: signed(intent, by, asked) } }
}
