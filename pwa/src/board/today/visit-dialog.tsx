/** One visit: who goes and when, a check of its line, and its timeline, which goes on by itself. */
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { moment } from '../../i18n/format.ts'
import { useAct, useDesk } from '../desk/desk.ts'
import { Dialog, Fault, Go } from '../desk/dialog.tsx'
import { Field } from '../desk/field.tsx'
import { type WorkLine, WorkTable } from '../desk/lines.tsx'
import { useMayDecide } from '../desk/me.ts'
import { Reach, TechnicianChoice } from '../desk/technicians.tsx'
import type { Visit } from '../state.ts'
import { Mark, useBoard, useUi } from '../ui.tsx'

interface Props {
  visit: Visit
  onClose(): void
}

export function VisitDialog({ visit, onClose }: Props): VNode {
  const { w, t, zone, today } = useUi()
  const board = useBoard()
  const may = useMayDecide()
  const out = board?.outages.find(({ id }) => id === visit.outage)
  const place = [visit.client, visit.street, visit.town].filter(Boolean).join(', ')
  return (
    <Dialog title={place || w.desk.visit.title} onClose={onClose}>
      {out ? (
        <Mark tone="error">
          {w.desk.outage.known(out.sector, moment(t, zone, out.since, today))}
        </Mark>
      ) : null}
      <Told visit={visit} />
      {may ? <Move visit={visit} /> : <Reach technician={visit.technician} />}
      <Check visit={visit} />
      <Timeline visit={visit} />
    </Dialog>
  )
}

/** Whether who has the visit has seen it since the office moved it, or at least his phone called. */
function Told({ visit }: { visit: Visit }): VNode | null {
  const { w, t, zone, today } = useUi()
  const board = useBoard()
  if (visit.movedAt === null || !board) return null
  if (visit.seen) {
    const { by, at } = visit.seen
    return (
      <p>
        <Mark tone="ok">{w.desk.visit.seen(by, moment(t, zone, at, today))}</Mark>
      </p>
    )
  }
  const since = visit.movedAt
  const told = board.devices.some(
    ({ technician, seenAt }) => technician === visit.technician && (seenAt ?? 0) >= since,
  )
  const name = visit.name || w.nobody
  return told ? (
    <p>
      <Mark tone="ok">{w.desk.visit.told(name)}</Mark>
    </p>
  ) : (
    <p>
      <Mark tone="pending">{w.desk.visit.notTold(name)}</Mark>
    </p>
  )
}

interface Wanted {
  technician: string
  date: string
  window_start: string
  window_end: string
}

function Move({ visit }: { visit: Visit }): VNode {
  const { w, today } = useUi()
  const board = useBoard()
  const act = useAct()
  const desk = useDesk()
  const before = asStands(visit, today)
  const [wanted, setWanted] = useState<Wanted>(before)
  const set = (name: keyof Wanted) => (value: string) => setWanted({ ...wanted, [name]: value })
  const changed = changes(before, wanted)
  return (
    <section>
      <h3>{w.desk.visit.move}</h3>
      <Reach technician={visit.technician} />
      <div class="form">
        <TechnicianChoice
          label={w.desk.visit.technician}
          value={wanted.technician}
          onValue={set('technician')}
        />
        <Field kind="date" label={w.desk.visit.date} value={wanted.date} onValue={set('date')} />
        <Field
          kind="time"
          label={w.desk.visit.start}
          value={wanted.window_start}
          onValue={set('window_start')}
        />
        <Field
          kind="time"
          label={w.desk.visit.end}
          value={wanted.window_end}
          onValue={set('window_end')}
        />
        <Go
          act={act}
          work={() => desk.decide('edit', visit.key, changed)}
          disabled={Object.keys(changed).length === 0}
          class="primary"
        >
          {w.desk.visit.save}
        </Go>
      </div>
      {wanted.technician === visit.technician ? null : <Reach technician={wanted.technician} />}
      {board && board.tiles.office.awaySince !== null ? (
        <p class="soft">{w.desk.visit.later}</p>
      ) : null}
      <Fault act={act} />
    </section>
  )
}

function asStands({ technician, window }: Visit, today: string): Wanted {
  return { technician, date: today, window_start: window.start, window_end: window.end }
}

/** Only what the office changed: an hour that it emptied is given back as nothing. */
export function changes(before: Wanted, wanted: Wanted): Record<string, string | null> {
  const names = Object.keys(before) as (keyof Wanted)[]
  const moved = names.filter((name) => wanted[name] !== before[name])
  return Object.fromEntries(moved.map((name) => [name, wanted[name] || null]))
}

function Check({ visit }: { visit: Visit }): VNode {
  const { w, t } = useUi()
  const act = useAct()
  const desk = useDesk()
  const may = useMayDecide()
  const [asked, setAsked] = useState(false)
  return (
    <p class="actions">
      {may ? (
        <Go
          act={act}
          work={() => desk.decide('verify', visit.key, { reason: 'rerun' })}
          done={() => setAsked(true)}
        >
          {w.desk.visit.check}
        </Go>
      ) : null}
      {asked ? <span class="soft">{w.desk.visit.checking}</span> : null}
      <a href={`/board/visits/${visit.key.split('/')[1]}/report?lang=${t.lang}`}>
        {w.visits.report}
      </a>
      <a href={`#/journal?visit=${visit.key.split('/')[1]}`}>{w.desk.visit.journal}</a>
      <Fault act={act} />
    </p>
  )
}

// Asked for again whenever the board has moved.
function Timeline({ visit }: { visit: Visit }): VNode {
  const { w } = useUi()
  const desk = useDesk()
  const act = useAct()
  const sequence = useBoard()?.sequence
  const [lines, setLines] = useState<WorkLine[]>([])
  useEffect(() => {
    void act.run(async () => {
      const path = `visits/${visit.key.split('/')[1]}/timeline`
      setLines((await desk.read<{ entries: WorkLine[] }>(path)).entries)
    })
  }, [visit.key, sequence])
  return (
    <section>
      <h3>{w.desk.visit.timeline}</h3>
      {lines.length ? (
        <div class="scroller">
          <WorkTable lines={[...lines].reverse()} label={w.desk.visit.timeline} />
        </div>
      ) : (
        <p class="soft">{act.error || act.busy ? '' : w.desk.visit.nothing}</p>
      )}
      {act.error ? <Fault act={act} /> : null}
    </section>
  )
}
