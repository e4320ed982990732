/** Mode panne: a visit that is made here, for a customer whom Terrain knows or who is typed. */
import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { named } from '../../i18n/translate.ts'
import { useAct, useDesk } from '../desk/desk.ts'
import { Dialog, Fault } from '../desk/dialog.tsx'
import { Field } from '../desk/field.tsx'
import { useMayDecide } from '../desk/me.ts'
import { Reach, TechnicianChoice } from '../desk/technicians.tsx'
import { Mark, useBoard, useNow, useUi } from '../ui.tsx'
import { Whose } from './customer.tsx'
import { asked, BLANK, type Known, type Stamp, type Wanted } from './wanted.ts'

/** The button, while ERPNext is away: as long as it answers, visits are made there. */
export function NewVisit(): VNode | null {
  const { w } = useUi()
  const board = useBoard()
  const may = useMayDecide()
  const [open, setOpen] = useState(false)
  const away = board !== null && board.tiles.office.awaySince !== null
  if (!may || !(away || open)) return null
  return (
    <p class="actions">
      <button type="button" class="primary" onClick={() => setOpen(true)}>
        {w.desk.making.open}
      </button>
      {open ? <Form onClose={() => setOpen(false)} /> : null}
    </p>
  )
}

function Form({ onClose }: { onClose(): void }): VNode {
  const { w, today } = useUi()
  const [wanted, setWanted] = useState<Wanted>({ ...BLANK, day: today })
  const [types, setTypes] = useState<readonly string[]>([])
  const { act, made, make } = useMaking(wanted)
  const desk = useDesk()
  const change = (changed: Partial<Wanted>): void => setWanted({ ...wanted, ...changed })
  useEffect(() => {
    desk.send<Known>('customers', {}).then(
      (known) => setTypes(known.types),
      () => undefined,
    )
  }, [desk])
  return (
    <Dialog title={w.desk.making.open} onClose={onClose}>
      <p class="soft">{w.desk.making.hint}</p>
      <Whose wanted={wanted} change={change} />
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void make()
        }}
      >
        <When wanted={wanted} change={change} types={types} />
        <p class="actions">
          <button type="submit" class="primary" disabled={act.busy || made !== ''}>
            {w.desk.making.make}
          </button>
        </p>
      </form>
      <Fault act={act} />
      {made ? (
        <p role="status">
          <Mark tone="pending">{w.desk.making.made(made)}</Mark>
        </p>
      ) : null}
    </Dialog>
  )
}

/** Sends what is wanted; what got no answer is sent again as the same visit. */
function useMaking(wanted: Wanted): {
  act: ReturnType<typeof useAct>
  made: string
  make(): Promise<void>
} {
  const act = useAct()
  const desk = useDesk()
  const now = useNow()
  const [made, setMade] = useState({ name: '', wanted: BLANK })
  const sent = useRef<{ same: string; stamp: Stamp } | null>(null)
  const make = async (): Promise<void> => {
    const same = JSON.stringify(wanted)
    if (sent.current?.same !== same) {
      sent.current = { same, stamp: { id: desk.newId(), made_at: Math.floor(now) } }
    }
    const body = asked(wanted, sent.current.stamp)
    if (!(await act.run(() => desk.send('visits', body)))) return
    setMade({ name: wanted.name, wanted })
    desk.refresh()
  }
  return { act, made: made.wanted === wanted ? made.name : '', make }
}

interface WhenProps {
  wanted: Wanted
  change(changed: Partial<Wanted>): void
  types: readonly string[]
}

function When({ wanted, change, types }: WhenProps): VNode {
  const { w } = useUi()
  const { technician, date, start, end } = w.desk.visit
  return (
    <>
      <h3>{w.desk.making.when}</h3>
      <div class="form">
        <TechnicianChoice
          label={technician}
          value={wanted.technician}
          onValue={(value) => change({ technician: value })}
        />
        <Field kind="date" label={date} value={wanted.day} onValue={(day) => change({ day })} />
        <Field
          kind="time"
          label={start}
          value={wanted.start}
          onValue={(value) => change({ start: value })}
        />
        <Field
          kind="time"
          label={end}
          value={wanted.end}
          onValue={(value) => change({ end: value })}
        />
        <Type types={types} value={wanted.type} onValue={(type) => change({ type })} />
      </div>
      {wanted.technician ? <Reach technician={wanted.technician} /> : null}
      <label class="wide">
        <span>{w.desk.making.notes}</span>
        <textarea
          rows={3}
          maxLength={1000}
          value={wanted.notes}
          onInput={(event) => change({ notes: event.currentTarget.value })}
        />
      </label>
    </>
  )
}

interface TypeProps {
  types: readonly string[]
  value: string
  onValue(type: string): void
}

// Only words that ERPNext is known to take: another would be refused at its return.
function Type({ types, value, onValue }: TypeProps): VNode {
  const { w, t } = useUi()
  return (
    <label>
      <span>{w.desk.making.type}</span>
      <select value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        <option value="" />
        {types.map((type) => (
          <option key={type} value={type}>
            {named(t, 'type', type.toLowerCase(), type)}
          </option>
        ))}
      </select>
    </label>
  )
}
