/** The field's part of the job status table of `sync/job_status.py`, held by `vectors/status.json`. */

export type JobStatus =
  | 'todo'
  | 'en_route'
  | 'on_site'
  | 'on_hold'
  | 'completed'
  | 'not_completed'
  | 'cancelled'

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

/** The status of an untrusted value; a visit without one is still to do. */
export function parseStatus(value: unknown): JobStatus {
  return typeof value === 'string' && Object.hasOwn(FIELD_STEPS, value)
    ? (value as JobStatus)
    : 'todo'
}
