/** Choosing a technician, with whether he can be reached before anybody counts on it. */
import type { VNode } from 'preact'
import { moment } from '../../i18n/format.ts'
import { ago, silenceOf } from '../format.ts'
import type { DeviceLine } from '../state.ts'
import { Mark, useBoard, useNow, useUi } from '../ui.tsx'

interface Props {
  label: string
  value: string
  /** What stands for nobody in particular; without it somebody must be chosen. */
  any?: string
  onValue(technician: string): void
}

export function TechnicianChoice({ label, value, any, onValue }: Props): VNode {
  const board = useBoard()
  return (
    <label>
      <span>{label}</span>
      <select value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        {any !== undefined || !value ? <option value="">{any ?? ''}</option> : null}
        {people(board?.devices ?? []).map(({ technician, name }) => (
          <option key={technician} value={technician}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

/** One line a technician, with the phone that was heard last. */
export function people(devices: readonly DeviceLine[]): DeviceLine[] {
  const last = new Map<string, DeviceLine>()
  for (const line of devices) {
    const known = last.get(line.technician)
    if (!known || (line.seenAt ?? 0) > (known.seenAt ?? 0)) last.set(line.technician, line)
  }
  return [...last.values()]
}

/** "Marc injoignable depuis 9 h 04", and what his phone still holds. */
export function Reach({ technician }: { technician: string }): VNode | null {
  const { w, t, zone, today } = useUi()
  const now = useNow()
  const line = people(useBoard()?.devices ?? []).find((each) => each.technician === technician)
  if (!line) return null
  const name = line.name || w.nobody
  if (line.seenAt === null) return <Mark tone="error">{w.desk.visit.never(name)}</Mark>
  const silence = silenceOf({ ...line, watched: true }, now)
  const held = line.pending + line.photos
  return (
    <p>
      {silence === 'ok' ? (
        <Mark tone="ok">{w.desk.visit.reached(name, ago(w, now - line.seenAt))}</Mark>
      ) : (
        <Mark tone={silence === 'silent' ? 'error' : 'pending'}>
          {w.desk.visit.unreached(name, moment(t, zone, line.seenAt, today))}
        </Mark>
      )}
      {held > 0 ? <span class="soft"> · {w.desk.visit.holds(held)}</span> : null}
    </p>
  )
}
