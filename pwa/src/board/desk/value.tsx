/** A field in which the office gives another value, by the shape of what may stand there. */
import type { VNode } from 'preact'
import { named } from '../../i18n/translate.ts'
import type { JobStatus } from '../../sync/job-status.ts'
import { useUi } from '../ui.tsx'
import { Field } from './field.tsx'
import { TechnicianChoice } from './technicians.tsx'

const STATUSES: readonly JobStatus[] = [
  'todo',
  'en_route',
  'on_site',
  'on_hold',
  'completed',
  'not_completed',
  'cancelled',
]

interface Props {
  shape: string
  label: string
  value: string
  onValue(value: string): void
}

export function ValueField({ shape, label, value, onValue }: Props): VNode {
  const { t } = useUi()
  if (shape === 'key') return <TechnicianChoice label={label} value={value} onValue={onValue} />
  if (shape !== 'status') {
    return <Field kind={kindOf(shape)} label={label} value={value} onValue={onValue} />
  }
  return (
    <label>
      <span>{label}</span>
      <select value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        <option value="" />
        {STATUSES.map((status) => (
          <option key={status} value={status}>
            {named(t, 'status', status)}
          </option>
        ))}
      </select>
    </label>
  )
}

function kindOf(shape: string): 'date' | 'time' | 'number' | 'text' {
  if (shape === 'day') return 'date'
  if (shape === 'clock') return 'time'
  return shape === 'count' ? 'number' : 'text'
}
