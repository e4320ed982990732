/** The status state machine of a visit: twin of `sync/job_status.py`. */

export type JobStatus =
  | 'todo'
  | 'en_route'
  | 'on_site'
  | 'on_hold'
  | 'completed'
  | 'not_completed'
  | 'cancelled'

/** From a status to those a technician may go straight to. */
export const FIELD_STEPS: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  todo: ['en_route', 'on_site', 'not_completed'],
  en_route: ['todo', 'on_site', 'on_hold', 'not_completed'],
  on_site: ['en_route', 'on_hold', 'completed', 'not_completed'],
  on_hold: ['en_route', 'on_site', 'not_completed'],
  completed: [],
  not_completed: [],
  cancelled: [],
}

export const REASONS_NOT_COMPLETED = [
  'customer_absent',
  'access_denied',
  'address_not_found',
  'no_fibre_at_terminal',
  'signal_out_of_range',
  'equipment_faulty',
  'equipment_missing',
  'works_required',
  'weather_or_safety',
  'postponed_by_customer',
  'other',
] as const

export const REASONS_ON_HOLD = ['part', 'break', 'help_requested', 'waiting_for_office'] as const

/** The status named by an untrusted value, or null. */
export function parseStatus(value: unknown): JobStatus | null {
  return typeof value === 'string' && Object.hasOwn(FIELD_STEPS, value)
    ? (value as JobStatus)
    : null
}

export function isFinished(status: JobStatus): boolean {
  return status === 'completed' || status === 'not_completed'
}

/** Whether a technician may go from one status straight to another. */
export function isFieldStep(current: JobStatus, to: JobStatus): boolean {
  return FIELD_STEPS[current].includes(to)
}

/** Whether legal field steps lead from one status to another, through any others. */
export function isFieldPath(current: JobStatus, to: JobStatus): boolean {
  const seen = new Set<JobStatus>([current])
  for (const status of seen) for (const step of FIELD_STEPS[status]) seen.add(step)
  return to !== current && seen.has(to)
}

/** The code of what is wrong with a status change's reason, or '' when it is right. */
export function reasonFault(to: JobStatus, reason: string, text: string): string {
  const allowed = allowedReasons(to)
  if (!allowed) return reason ? 'reason-not-expected' : ''
  if (!allowed.includes(reason)) return 'reason-required'
  return reason === 'other' && !stripped(text) ? 'text-required' : ''
}

/** A text without the white space at its ends, as Python's `str.strip` sees it. */
export function stripped(text: string): string {
  return text.replace(SPACE_AT_ENDS, '')
}

// JavaScript's trim knows U+FEFF and not U+001C to U+001F or U+0085; the twins must agree.
const SPACE =
  '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const SPACE_AT_ENDS = new RegExp(`^${SPACE}+|${SPACE}+$`, 'g')

function allowedReasons(to: JobStatus): readonly string[] | null {
  if (to === 'not_completed') return REASONS_NOT_COMPLETED
  return to === 'on_hold' ? REASONS_ON_HOLD : null
}
