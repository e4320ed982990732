/** The way to ERPNext: what waits, whether it answers, and what it refused, to be let go again. */
import type { VNode } from 'preact'
import { moment } from '../../i18n/format.ts'
import { useAct, useDesk } from '../desk/desk.ts'
import { Fault, Go } from '../desk/dialog.tsx'
import { useMayDecide } from '../desk/me.ts'
import { span } from '../format.ts'
import { Cell, Mark, Section, useUi } from '../ui.tsx'
import { useAnswer } from './answer.ts'

interface Reason {
  code: string
  fr: string
  en: string
}

interface Parked {
  lane: string
  document: string
  reason: Reason
  since: number
  mutations: number
}

interface Outbox {
  queued: number
  ageMs: number | null
  billingLast: number
  breaker: 'closed' | 'open' | 'stopped'
  awaySince: number | null
  lastError: Reason | null
  parked: Parked[]
  parkedByReason: { reason: Reason; documents: number }[]
  photos: number
}

export function OutboxRoom(): VNode {
  const { w } = useUi()
  const { answer, act, again } = useAnswer<Outbox>('outbox')
  return (
    <>
      {act.error ? <Fault act={act} /> : null}
      {answer ? <Shown outbox={answer} again={again} /> : <p class="soft">{w.loading}</p>}
    </>
  )
}

interface ShownProps {
  outbox: Outbox
  again(): void
}

function Shown({ outbox, again }: ShownProps): VNode {
  const { w } = useUi()
  const { title, empty, document, since, waiting, reason } = w.desk.outbox
  const may = useMayDecide()
  const columns = [document, reason, since, waiting]
  return (
    <>
      <Summary outbox={outbox} />
      {may ? <ByReason outbox={outbox} again={again} /> : null}
      <Section
        id="parked"
        title={title}
        empty={empty}
        columns={may ? [...columns, w.desk.refused.again] : columns}
        rows={outbox.parked.length}
      >
        <tbody>
          {outbox.parked.map((line) => (
            <Row key={line.lane} line={line} may={may} again={again} />
          ))}
        </tbody>
      </Section>
    </>
  )
}

function Summary({ outbox }: { outbox: Outbox }): VNode {
  const { w, t, zone, today } = useUi()
  const { summary, billing, photos, breaker } = w.desk.outbox
  const since = outbox.awaySince === null ? '' : moment(t, zone, outbox.awaySince, today)
  const state = outbox.breaker
  const said = state === 'closed' ? breaker.closed : breaker[state](since)
  return (
    <p class="summary">
      <Mark tone={state === 'closed' ? 'ok' : 'error'}>{said}</Mark>{' '}
      {outbox.lastError ? <span>{outbox.lastError[t.lang]} </span> : null}
      {summary(outbox.queued, outbox.ageMs === null ? '' : span(w, outbox.ageMs))}{' '}
      {outbox.billingLast > 0 ? billing(outbox.billingLast) : ''}{' '}
      {outbox.photos > 0 ? photos(outbox.photos) : ''}
    </p>
  )
}

interface RowProps {
  line: Parked
  may: boolean
  again(): void
}

function Row({ line, may, again }: RowProps): VNode {
  const { w, t, zone, today } = useUi()
  const { document, since, waiting, reason } = w.desk.outbox
  return (
    <tr>
      <th scope="row" data-label={document}>
        {line.document || line.lane}
      </th>
      <Cell label={reason}>
        {line.reason[t.lang]} <code>{line.reason.code}</code>
      </Cell>
      <Cell label={since}>{moment(t, zone, line.since, today)}</Cell>
      <Cell label={waiting} number>
        {line.mutations}
      </Cell>
      {may ? (
        <Cell label={w.desk.refused.again}>
          <Replay asked={{ lane: line.lane }} words={w.desk.refused.again} again={again} />
        </Cell>
      ) : null}
    </tr>
  )
}

/** "Rejouer les 37": all that wait for one reason. */
function ByReason({ outbox, again }: ShownProps): VNode {
  const { w, t } = useUi()
  return (
    <p class="actions">
      {outbox.parkedByReason.map(({ reason, documents }) => (
        <Replay
          key={reason.code}
          asked={{ error: reason.code }}
          words={`${w.desk.refused.all(documents)} · ${reason[t.lang]}`}
          again={again}
        />
      ))}
    </p>
  )
}

interface ReplayProps {
  asked: Record<string, string>
  words: string
  again(): void
}

function Replay({ asked, words, again }: ReplayProps): VNode {
  const act = useAct()
  const desk = useDesk()
  const replay = async (): Promise<void> => {
    await desk.send('replay', asked)
    desk.refresh()
  }
  return (
    <>
      <Go act={act} work={replay} done={again}>
        {words}
      </Go>
      {act.error ? <Fault act={act} /> : null}
    </>
  )
}
