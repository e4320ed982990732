/** What waits for the office's word: technicians' requests, and visits without their evidence. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { moment } from '../../i18n/format.ts'
import { useAct, useDesk } from '../desk/desk.ts'
import { Fault, Go } from '../desk/dialog.tsx'
import { useMayDecide } from '../desk/me.ts'
import { spoken } from '../format.ts'
import type { HeldLine, RequestLine } from '../state.ts'
import { Cell, Section, useUi } from '../ui.tsx'

export function Requests({ lines }: { lines: RequestLine[] }): VNode {
  const { w } = useUi()
  const { title, empty, what, text } = w.desk.request
  const may = useMayDecide()
  const columns = [w.refused.time, w.health.technician, w.refused.visit, what]
  return (
    <Section
      id="requests"
      title={title}
      empty={empty}
      columns={may ? [...columns, text] : columns}
      rows={lines.length}
      scrolls
    >
      <tbody>
        {lines.map((line) => (
          <Request key={line.id} line={line} may={may} />
        ))}
      </tbody>
    </Section>
  )
}

function Request({ line, may }: { line: RequestLine; may: boolean }): VNode {
  const { w, t, zone, today } = useUi()
  const kinds: Readonly<Record<string, string>> = w.desk.request.kinds
  const wish = line.value === null ? '' : spoken(t, w, line.what, line.value)
  return (
    <tr>
      <Cell label={w.refused.time}>{moment(t, zone, line.at, today)}</Cell>
      <th scope="row" data-label={w.health.technician}>
        {line.technician || w.nobody}
      </th>
      <Cell label={w.refused.visit}>{line.visit || '–'}</Cell>
      <Cell label={w.desk.request.what}>
        <b>{[kinds[line.what] ?? line.what, wish].filter(Boolean).join(' : ')}</b>
        {line.text ? <small>« {line.text} »</small> : null}
      </Cell>
      {may ? <Answer line={line} /> : null}
    </tr>
  )
}

function Answer({ line }: { line: RequestLine }): VNode {
  const { w } = useUi()
  const [text, setText] = useState('')
  const act = useAct()
  const desk = useDesk()
  const answer = (granted: boolean) => () =>
    desk.decide('answer', line.key, { request: line.id, granted, text })
  return (
    <Cell label={w.desk.request.text}>
      <div class="actions">
        <input
          aria-label={w.desk.request.text}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <Go act={act} work={answer(true)}>
          {w.desk.request.grant}
        </Go>
        <Go act={act} work={answer(false)}>
          {w.desk.request.refuse}
        </Go>
      </div>
      <Fault act={act} />
    </Cell>
  )
}

export function Held({ lines }: { lines: HeldLine[] }): VNode {
  const { w } = useUi()
  const { title, empty, missing, reason } = w.desk.held
  const may = useMayDecide()
  const columns = [w.refused.time, w.health.technician, w.refused.visit, missing]
  return (
    <Section
      id="held"
      title={title}
      empty={empty}
      columns={may ? [...columns, reason] : columns}
      rows={lines.length}
      scrolls
    >
      <tbody>
        {lines.map((line) => (
          <HeldRow key={line.id} line={line} may={may} />
        ))}
      </tbody>
    </Section>
  )
}

function HeldRow({ line, may }: { line: HeldLine; may: boolean }): VNode {
  const { w, t, zone, today } = useUi()
  const codes: Readonly<Record<string, string>> = w.desk.held.evidence
  const missing = line.missing.map((code) => codes[code] ?? code).join(', ')
  return (
    <tr>
      <Cell label={w.refused.time}>{moment(t, zone, line.madeAt, today)}</Cell>
      <th scope="row" data-label={w.health.technician}>
        {line.technician || w.nobody}
      </th>
      <Cell label={w.refused.visit}>{line.visit || '–'}</Cell>
      <Cell label={w.desk.held.missing}>{missing || w.desk.held.nothing}</Cell>
      {may ? <Release line={line} /> : null}
    </tr>
  )
}

function Release({ line }: { line: HeldLine }): VNode {
  const { w } = useUi()
  const [reason, setReason] = useState('')
  const act = useAct()
  const desk = useDesk()
  return (
    <Cell label={w.desk.held.reason}>
      <div class="actions">
        <input
          aria-label={w.desk.held.reason}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        <Go
          act={act}
          work={() => desk.decide('release', line.key, { reason })}
          disabled={!reason.trim()}
        >
          {w.desk.held.release}
        </Go>
      </div>
      <Fault act={act} />
    </Cell>
  )
}
