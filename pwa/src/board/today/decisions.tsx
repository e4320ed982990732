/** Values to choose between, and choices that may still be taken back. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { moment } from '../../i18n/format.ts'
import { type Act, useAct, useDesk } from '../desk/desk.ts'
import { Fault, Go } from '../desk/dialog.tsx'
import { useMayDecide } from '../desk/me.ts'
import { spoken } from '../format.ts'
import type { ConflictLine, DecidedLine } from '../state.ts'
import { Cell, Section, useNow, useUi } from '../ui.tsx'
import { ConflictDialog } from './conflict-dialog.tsx'

/** As `UNDO_MS` of `sync/conflicts.py`. */
const UNDO_MS = 5 * 60_000

export function Conflicts({ lines, total }: { lines: ConflictLine[]; total: number }): VNode {
  const { w } = useUi()
  const [open, setOpen] = useState('')
  const chosen = lines.find(({ id }) => id === open)
  const { title, empty, field, base, mine, theirs } = w.conflicts
  const does = useMayDecide() ? w.desk.act.decide : w.desk.act.see
  return (
    <>
      <Section
        id="conflicts"
        title={title}
        empty={empty}
        columns={[w.refused.visit, field, base, mine, theirs, does]}
        rows={lines.length}
        note={total > lines.length ? w.refused.more(lines.length, total) : ''}
        scrolls
      >
        <tbody>
          {lines.map((line) => (
            <Conflict key={line.id} line={line} does={does} onOpen={() => setOpen(line.id)} />
          ))}
        </tbody>
      </Section>
      {chosen ? <ConflictDialog line={chosen} onClose={() => setOpen('')} /> : null}
    </>
  )
}

/** The choices of the last five minutes, each with its way back. */
export function Decided({ lines }: { lines: DecidedLine[] }): VNode | null {
  const { w } = useUi()
  const now = useNow()
  const act = useAct()
  const live = lines.filter(({ at }) => now - at < UNDO_MS)
  if (!live.length) return null
  return (
    <div class="decided">
      <h3>{w.desk.conflict.decided}</h3>
      <ul>
        {live.map((line) => (
          <li key={line.id}>
            <Taken line={line} act={act} left={UNDO_MS - (now - line.at)} />
          </li>
        ))}
      </ul>
      <Fault act={act} />
    </div>
  )
}

function Taken({ line, act, left }: { line: DecidedLine; act: Act; left: number }): VNode {
  const { w, t, zone, today } = useUi()
  const desk = useDesk()
  const may = useMayDecide()
  const { chose, by, left: words } = w.desk.conflict
  const fields: Readonly<Record<string, string>> = w.field
  const choices: Readonly<Record<string, string>> = chose
  const args = { conflict: line.id, choice: 'undo' }
  return (
    <>
      <b>{line.visit || '–'}</b> · {fields[line.path] ?? line.path} :{' '}
      {choices[line.choice] ?? line.choice}{' '}
      <span class="soft">{by(line.by, moment(t, zone, line.at, today))}</span>{' '}
      {may ? (
        <Go act={act} work={() => desk.decide('resolve', line.key, args)}>
          {words(Math.ceil(left / 60_000))}
        </Go>
      ) : null}
    </>
  )
}

interface ConflictProps {
  line: ConflictLine
  /** What opening it is for: to decide, or to see. */
  does: string
  onOpen(): void
}

function Conflict({ line, does, onOpen }: ConflictProps): VNode {
  const { w, t } = useUi()
  const fields: Readonly<Record<string, string>> = w.field
  const theirs = spoken(t, w, line.path, line.theirs)
  return (
    <tr>
      <th scope="row" data-label={w.refused.visit}>
        {line.visit || '–'}
      </th>
      <Cell label={w.conflicts.field}>{fields[line.path] ?? line.path}</Cell>
      <Cell label={w.conflicts.base}>{spoken(t, w, line.path, line.base)}</Cell>
      <Cell label={w.conflicts.mine}>
        <b>{spoken(t, w, line.path, line.mine)}</b>
        <Author name={line.author} at={line.madeAt} />
      </Cell>
      <Cell label={w.conflicts.theirs}>
        <b>{line.path === 'equipment' ? w.conflicts.bound(theirs) : theirs}</b>
        <Author name={line.otherAuthor} at={line.otherAt} />
      </Cell>
      <Cell label={does}>
        <button type="button" onClick={onOpen}>
          {does}
          <span class="unseen"> {line.visit}</span>
        </button>
      </Cell>
    </tr>
  )
}

function Author({ name, at }: { name: string; at: number }): VNode | null {
  const { t, zone, today } = useUi()
  if (!name) return null
  return (
    <small>{[name, at > 0 ? moment(t, zone, at, today) : ''].filter(Boolean).join(' · ')}</small>
  )
}
