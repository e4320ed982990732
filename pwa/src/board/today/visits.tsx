/** Today's visits by technician; what ERPNext has not yet is hatched. */
import type { VNode } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { moment } from '../../i18n/format.ts'
import { named } from '../../i18n/translate.ts'
import type { JobStatus } from '../../sync/job-status.ts'
import { hours, statusTimes } from '../format.ts'
import type { EquipmentLine, Visit } from '../state.ts'
import { Cell, Mark, useUi } from '../ui.tsx'
import type { BoardWords } from '../words/fr.ts'
import { useGradually } from './gradually.ts'
import { lineId } from './opening.tsx'
import { VisitDialog } from './visit-dialog.tsx'

const SIGNS: Readonly<Record<JobStatus, string>> = {
  todo: '○',
  en_route: '➜',
  on_site: '●',
  on_hold: '‖',
  completed: '✓',
  not_completed: '✕',
  cancelled: '–',
}
/** Drawn in one go: 2,000 visits would keep the page from its first picture. */
const GROUPS_AT_ONCE = 8
const OVER: readonly JobStatus[] = ['completed', 'not_completed', 'cancelled']

interface VisitsProps {
  visits: Visit[]
  filtered: boolean
  /** All at once: something further down is looked for. */
  atOnce?: boolean
}

export function Visits({ visits, filtered, atOnce = false }: VisitsProps): VNode {
  const { w } = useUi()
  const { title, legend } = w.visits
  const [open, setOpen] = useState('')
  const chosen = visits.find(({ key }) => key === open)
  const groups = byTechnician(visits)
  const drawn = useGradually(groups.length, GROUPS_AT_ONCE, atOnce)
  return (
    <>
      <section id="visits" tabIndex={-1} aria-labelledby="visits-title">
        <h2 id="visits-title">{title}</h2>
        <p class={visits.length ? 'note' : 'empty'}>
          {visits.length ? legend : filtered ? w.visits.none : w.visits.empty}
        </p>
        {groups.slice(0, drawn).map((group) => (
          <Group key={group[0]?.technician} visits={group} onOpen={setOpen} />
        ))}
      </section>
      {chosen ? <VisitDialog visit={chosen} onClose={() => setOpen('')} /> : null}
    </>
  )
}

/** Neighbours of one technician together; the server sends them in order. */
export function byTechnician(visits: readonly Visit[]): Visit[][] {
  const groups: Visit[][] = []
  for (const visit of visits) {
    const last = groups.at(-1)
    if (last?.[0]?.technician === visit.technician) last.push(visit)
    else groups.push([visit])
  }
  return groups
}

// Drawn anew only when one of its visits or the language changed: a day has 2,000 of them.
function Group(props: GroupProps): VNode {
  const ui = useUi()
  return useMemo(() => <GroupBody {...props} />, [ui, ...props.visits])
}

interface GroupProps {
  visits: Visit[]
  onOpen(key: string): void
}

function GroupBody({ visits, onOpen }: GroupProps): VNode {
  const { w } = useUi()
  const { window, customer, status, equipment } = w.visits
  const done = visits.filter((visit) => OVER.includes(visit.status.value)).length
  // A table in a box of its own: the browser lays out and paints those alone that are in sight.
  return (
    <div class="group">
      <table>
        <caption>
          {visits[0]?.name || w.nobody} <small>{w.visits.done(done, visits.length)}</small>
        </caption>
        <colgroup>
          <col class="window" />
          <col span={3} />
        </colgroup>
        <thead>
          <tr>
            {[window, customer, status, equipment].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {visits.map((visit) => (
            <Line key={visit.key} visit={visit} onOpen={onOpen} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Line({ visit, onOpen }: { visit: Visit; onOpen(key: string): void }): VNode {
  const { w, t } = useUi()
  const place = [visit.street, visit.town].filter(Boolean).join(', ')
  const others = visit.assistants.filter(Boolean).join(', ')
  return (
    <tr id={lineId(visit.key)} tabIndex={-1}>
      <Cell label={w.visits.window}>
        <span class={`hours${visit.unfiled.length ? ' hatched' : ''}`}>
          {hours(t, w, visit.window)}
        </span>
        <small>{named(t, 'type', visit.type.toLowerCase(), visit.type)}</small>
      </Cell>
      <th scope="row" data-label={w.visits.customer} class={visit.madeHere ? 'hatched' : undefined}>
        <button type="button" class="link" onClick={() => onOpen(visit.key)}>
          {visit.client || w.desk.act.open}
        </button>{' '}
        {visit.outage ? <Mark tone="error">{w.desk.outage.here}</Mark> : null}
        <Unfiled visit={visit} />
        {visit.movedAt === null ? null : <Seen visit={visit} />}
        <small>{[place, others && w.visits.with(others)].filter(Boolean).join(' · ')}</small>
        <a class="report" href={`/board/visits/${visit.key.split('/')[1]}/report?lang=${t.lang}`}>
          {w.visits.report}
        </a>
      </th>
      <Cell label={w.visits.status}>
        <Status visit={visit} />
      </Cell>
      <Cell label={w.visits.equipment}>
        <Equipment visit={visit} />
        {visit.photos > 0 ? (
          <small
            class={
              OVER.includes(visit.status.value) && visit.photosHere < visit.photos ? 'pending' : ''
            }
          >
            {w.desk.photos(visit.photosHere, visit.photos)}
          </small>
        ) : null}
      </Cell>
    </tr>
  )
}

function Unfiled({ visit }: { visit: Visit }): VNode | null {
  const { w } = useUi()
  if (visit.madeHere) return <Mark tone="pending">{w.desk.making.here}</Mark>
  return visit.unfiled.length ? <small>{w.desk.visit.unfiled}</small> : null
}

/** Of a visit that the office moved: whether it was on the technician's screen since. */
function Seen({ visit: { seen } }: { visit: Visit }): VNode {
  const { w, t, zone, today } = useUi()
  if (seen === null) return <Mark tone="pending">{w.desk.visit.unseen}</Mark>
  return <Mark tone="ok">{w.desk.visit.seen(seen.by, moment(t, zone, seen.at, today))}</Mark>
}

function Status({ visit: { status } }: { visit: Visit }): VNode {
  const { w, t, zone, today } = useUi()
  const { made, received } = statusTimes(t, zone, today, status)
  const byOffice = status.receivedAt === null && status.value !== 'todo'
  return (
    <>
      <span class={`chip s-${status.value}${status.onFile ? '' : ' hatched'}`}>
        <i aria-hidden="true">{SIGNS[status.value]}</i> {t(`status.${status.value}`)} {made}
        <NotFiled onFile={status.onFile || status.held} />
      </span>{' '}
      {received ? <span class="late">{w.visits.received(received)}</span> : null}
      {byOffice ? <span class="soft">{w.visits.by_office}</span> : null}
      {status.reason ? <small>{named(t, 'reason', status.reason)}</small> : null}
      {status.held ? <small>{w.visits.held}</small> : null}
    </>
  )
}

function Equipment({ visit }: { visit: Visit }): VNode {
  const { w } = useUi()
  if (visit.equipment.length + visit.toConfirm === 0) {
    return (
      <span class="soft">
        <span aria-hidden="true">–</span>
        <span class="unseen">{w.visits.noSerial}</span>
      </span>
    )
  }
  return (
    <ul class="serials">
      {visit.equipment.map((line) => (
        <Serial key={line.id} line={line} />
      ))}
      {visit.toConfirm > 0 ? (
        <li class="mark pending">{w.visits.toConfirm(visit.toConfirm)}</li>
      ) : null}
    </ul>
  )
}

function Serial({ line }: { line: EquipmentLine }): VNode {
  const { w, t } = useUi()
  const gone = line.action === 'remove'
  const facts = [
    named(t, 'code', line.type),
    gone ? w.visits.removed : '',
    line.replaces && w.visits.replaces(line.replaces),
    sourceWords(w, line),
  ]
  return (
    <li>
      <span class={line.onFile ? 'serial' : 'serial hatched'}>
        {gone ? <s>{line.serial}</s> : line.serial}
        <NotFiled onFile={line.onFile} />
      </span>{' '}
      <span class="soft">{facts.filter(Boolean).join(' · ')}</span>
    </li>
  )
}

function sourceWords(w: BoardWords, { source, stage }: EquipmentLine): string {
  const words: Readonly<Record<string, string>> = w.visits.source
  return words[stage === 'model' ? 'model' : source] ?? ''
}

// The hatching says it to the eye; this says it to a screen reader.
function NotFiled({ onFile }: { onFile: boolean }): VNode | null {
  const { w } = useUi()
  return onFile ? null : <span class="unseen">, {w.visits.notFiled}</span>
}
