/** The journal: who did what, by days, technician, visit and serial; the hours; a file. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { clock, clockIn, shortDate } from '../../i18n/format.ts'
import { Fault } from '../desk/dialog.tsx'
import { Field } from '../desk/field.tsx'
import { type WorkLine, WorkTable } from '../desk/lines.tsx'
import { TechnicianChoice } from '../desk/technicians.tsx'
import { span } from '../format.ts'
import { Cell, Mark, Section, useUi } from '../ui.tsx'
import { useAnswer } from './answer.ts'

interface Day {
  by: string
  day: string
  firstAt: number
  lastAt: number
  gestures: number
  told: number
  filed: number
  refused: number
  onSiteMs: number
}

interface Journal {
  lines: WorkLine[]
  days: Day[]
  more: boolean
}

export interface Search {
  first: string
  last: string
  technician: string
  visit: string
  serial: string
}

/** What the address asks for: `#/journal?visit=…` or `?serial=…`; today unless it says otherwise. */
export function searchOf(query: string, today: string): Search {
  const asked = new URLSearchParams(query)
  const given = (name: string, otherwise = ''): string => asked.get(name) ?? otherwise
  return {
    first: given('first', today),
    last: given('last', today),
    technician: given('technician'),
    visit: given('visit'),
    serial: given('serial'),
  }
}

export function JournalRoom({ query }: { query: string }): VNode {
  const { w, t, today } = useUi()
  const [search, setSearch] = useState<Search>(searchOf(query, today))
  const params = new URLSearchParams({ ...search }).toString()
  const { answer, act } = useAnswer<Journal>(`journal?${params}`)
  return (
    <>
      <Form search={search} setSearch={setSearch} />
      {act.error ? <Fault act={act} /> : null}
      {answer ? (
        <>
          <Days days={answer.days} />
          <section>
            <h2>
              {w.desk.journal.title}{' '}
              <a class="file" href={`/board/api/journal.csv?${params}&lang=${t.lang}`} download>
                {w.desk.journal.csv}
              </a>
            </h2>
            {answer.more ? <p class="note">{w.desk.journal.more(answer.lines.length)}</p> : null}
            {answer.lines.length ? (
              <WorkTable lines={answer.lines} visits label={w.desk.journal.title} />
            ) : (
              <p class="empty">{w.desk.journal.empty}</p>
            )}
          </section>
        </>
      ) : (
        <p class="soft">{w.loading}</p>
      )}
    </>
  )
}

interface FormProps {
  search: Search
  setSearch(search: Search): void
}

// Asked for once the form is sent, not at each key.
function Form({ search, setSearch }: FormProps): VNode {
  const { w } = useUi()
  const [wanted, setWanted] = useState(search)
  const set = (name: keyof Search) => (value: string) => setWanted({ ...wanted, [name]: value })
  const { from, to, any, serial, visit } = w.desk.journal
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault()
        setSearch(wanted)
      }}
    >
      <Field kind="date" label={from} value={wanted.first} onValue={set('first')} />
      <Field kind="date" label={to} value={wanted.last} onValue={set('last')} />
      <TechnicianChoice
        label={w.health.technician}
        value={wanted.technician}
        any={any}
        onValue={set('technician')}
      />
      <Field kind="text" label={serial} value={wanted.serial} onValue={set('serial')} />
      <Field kind="text" label={visit} value={wanted.visit} onValue={set('visit')} />
      <button type="submit" class="primary">
        {w.desk.journal.search}
      </button>
    </form>
  )
}

function Days({ days }: { days: Day[] }): VNode {
  const { w } = useUi()
  const { day, first, last, onSite, gestures, hours } = w.desk.journal
  return (
    <Section
      id="days"
      title={w.desk.journal.days}
      empty={w.desk.journal.empty}
      columns={[day, w.desk.line.who, first, last, onSite, gestures]}
      rows={days.length}
      note={hours}
    >
      <tbody>
        {days.map((line) => (
          <DayRow key={`${line.day} ${line.by}`} line={line} />
        ))}
      </tbody>
    </Section>
  )
}

function DayRow({ line }: { line: Day }): VNode {
  const { w, t, zone } = useUi()
  const { day, first, last, onSite, gestures } = w.desk.journal
  const { all, some, refused } = w.desk.proof
  const whole = line.filed === line.told
  const time = (at: number): string => clock(t, clockIn(zone, at))
  return (
    <tr>
      <Cell label={day}>{shortDate(t, line.day)}</Cell>
      <th scope="row" data-label={w.desk.line.who}>
        {line.by}
      </th>
      <Cell label={first}>{time(line.firstAt)}</Cell>
      <Cell label={last}>{time(line.lastAt)}</Cell>
      <Cell label={onSite}>{line.onSiteMs ? span(w, line.onSiteMs) : '–'}</Cell>
      <Cell label={gestures}>
        <Mark tone={line.refused ? 'error' : whole ? 'ok' : 'pending'}>
          {whole ? all(line.told) : some(line.told, line.filed)}
        </Mark>
        {line.refused ? <small>{refused(line.refused)}</small> : null}
      </Cell>
    </tr>
  )
}
