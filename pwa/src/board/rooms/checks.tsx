/** The checks of lines as they end: verdict, light, what is wrong; asked for again from here. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { moment } from '../../i18n/format.ts'
import { useAct, useDesk } from '../desk/desk.ts'
import { Fault, Go } from '../desk/dialog.tsx'
import { useMayDecide } from '../desk/me.ts'
import { Cell, Mark, Section, type Tone, useUi } from '../ui.tsx'
import { checkText, reasonText } from '../words/verdicts.ts'
import { Accept } from './accept.tsx'
import { useAnswer } from './answer.ts'

export interface Check {
  id: string
  key: string
  visit: string
  by: string
  at: number
  receivedAt: number
  measuredAt: number
  state: string
  verdict: string
  rxDbm: number | null
  rxChangeDb: number | null
  remarks: { id: string; result: string; reason: string }[]
  accepted: string
  isPrinted: boolean
}

const TONES: Readonly<Record<string, Tone>> = { pass: 'ok', warning: 'pending', fail: 'error' }

export function ChecksRoom(): VNode {
  const { w } = useUi()
  const { answer, act } = useAnswer<Check[]>('checks')
  const [onlyUnwell, setOnlyUnwell] = useState(false)
  const lines = (answer ?? []).filter((line) => !onlyUnwell || isUnwell(line))
  const { title, empty, verdict, light, remarks, todo } = w.desk.checks
  const may = useMayDecide()
  const columns = [w.refused.time, w.refused.visit, verdict, light, remarks]
  return (
    <>
      {act.error ? <Fault act={act} /> : null}
      <search class="filter">
        <label class="tick">
          <input
            type="checkbox"
            checked={onlyUnwell}
            onChange={(event) => setOnlyUnwell(event.currentTarget.checked)}
          />
          <span>{w.desk.checks.onlyUnwell}</span>
        </label>
      </search>
      <Section
        id="checks"
        title={title}
        empty={answer ? empty : w.loading}
        columns={may ? [...columns, todo] : columns}
        rows={lines.length}
      >
        <tbody>
          {lines.map((line) => (
            <Row key={line.id} line={line} may={may} />
          ))}
        </tbody>
      </Section>
    </>
  )
}

export function isUnwell({ verdict }: Check): boolean {
  return verdict === 'fail' || verdict === 'warning'
}

/** One check, with what the office may do about it. */
export function Row({ line, may }: { line: Check; may: boolean }): VNode {
  const { w, t, zone, today } = useUi()
  return (
    <tr>
      <Cell label={w.refused.time}>
        {moment(t, zone, line.measuredAt || line.at, today)}
        <small>{line.by}</small>
      </Cell>
      <th scope="row" data-label={w.refused.visit}>
        {line.visit || line.key}
        <Reports line={line} />
      </th>
      <Cell label={w.desk.checks.verdict}>
        <Verdict line={line} />
      </Cell>
      <Cell label={w.desk.checks.light} number>
        <Light line={line} />
      </Cell>
      <Cell label={w.desk.checks.remarks}>
        {line.remarks.map(({ id, reason }) => (
          <div key={id}>
            <b>{checkText(id, t.lang)}</b> {reason ? reasonText(reason, t.lang) : ''}
          </div>
        ))}
      </Cell>
      {may ? (
        <Cell label={w.desk.checks.todo}>
          <div class="actions">
            <Again line={line} />
            <Accept line={line} />
          </div>
        </Cell>
      ) : null}
    </tr>
  )
}

// A PDF is named only where somebody can print one: any browser prints the page.
function Reports({ line }: { line: Check }): VNode {
  const { w, t } = useUi()
  const page = `/board/visits/${line.key.split('/')[1]}/report`
  const { report, pdf } = w.desk.checks
  return (
    <small class="reports">
      <a href={`${page}?lang=${t.lang}`}>
        {report}
        <span class="unseen"> {line.visit}</span>
      </a>
      {line.isPrinted ? (
        <a href={`${page}.pdf?lang=${t.lang}`}>
          {pdf}
          <span class="unseen"> {line.visit}</span>
        </a>
      ) : null}
    </small>
  )
}

function Verdict({ line }: { line: Check }): VNode {
  const { w } = useUi()
  const { verdicts, states, accepted } = w.desk.checks
  const words: Readonly<Record<string, string>> = { ...verdicts, ...states }
  const ended = line.state === 'done'
  const said = words[ended ? line.verdict : line.state] ?? line.verdict
  return (
    <>
      <Mark tone={ended ? (TONES[line.verdict] ?? 'quiet') : 'quiet'}>{said}</Mark>
      {line.accepted ? <small>{accepted(line.accepted)}</small> : null}
    </>
  )
}

// "−21,4 dBm (−0,6)": a minus sign, and the decimal mark of the language.
function Light({ line }: { line: Check }): VNode {
  const { t } = useUi()
  if (line.rxDbm === null) return <span class="soft">–</span>
  const change = line.rxChangeDb
  return (
    <>
      {decimal(line.rxDbm, t.lang)}
      {'\u00a0dBm'}
      {change ? (
        <small>{`${change > 0 ? '+' : ''}${decimal(change, t.lang)}\u00a0dB`}</small>
      ) : null}
    </>
  )
}

function decimal(value: number, lang: string): string {
  const text = value.toFixed(1).replace('-', '−')
  return lang === 'fr' ? text.replace('.', ',') : text
}

function Again({ line }: { line: Check }): VNode {
  const { w } = useUi()
  const act = useAct()
  const desk = useDesk()
  return (
    <>
      <Go act={act} work={() => desk.decide('verify', line.key, { reason: 'rerun' })}>
        {w.desk.checks.again}
        <span class="unseen"> {line.visit}</span>
      </Go>
      {act.error ? <Fault act={act} /> : null}
    </>
  )
}
