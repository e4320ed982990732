/** One conflict: what was, what the technician says, what the office says, and the choice. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { moment } from '../../i18n/format.ts'
import { useAct, useDesk } from '../desk/desk.ts'
import { Dialog, Fault, Go } from '../desk/dialog.tsx'
import { useMayDecide } from '../desk/me.ts'
import { ValueField } from '../desk/value.tsx'
import { spoken } from '../format.ts'
import type { ConflictLine } from '../state.ts'
import { useUi } from '../ui.tsx'

interface Props {
  line: ConflictLine
  onClose(): void
}

export function ConflictDialog({ line, onClose }: Props): VNode {
  const { w, t, zone, today } = useUi()
  const fields: Readonly<Record<string, string>> = w.field
  const may = useMayDecide()
  return (
    <Dialog title={`${w.desk.conflict.title} : ${line.visit || '–'}`} onClose={onClose}>
      {line.askedAt ? (
        <p class="pending">{w.desk.conflict.askedOffice(moment(t, zone, line.askedAt, today))}</p>
      ) : null}
      <Sides line={line} field={fields[line.path] ?? line.path} />
      {line.photos.length ? (
        <p>
          {line.photos.map((sha256, n) => (
            <a key={sha256} href={`/board/blobs/${sha256}`} target="_blank" rel="noreferrer">
              {w.desk.conflict.photo(n + 1)}{' '}
            </a>
          ))}
        </p>
      ) : null}
      {may ? <Choices line={line} onClose={onClose} /> : null}
    </Dialog>
  )
}

function Sides({ line, field }: { line: ConflictLine; field: string }): VNode {
  const { w, t, zone, today } = useUi()
  const when = (name: string, at: number): string =>
    [name, at > 0 ? moment(t, zone, at, today) : ''].filter(Boolean).join(' · ')
  return (
    <table>
      <thead>
        <tr>
          <td />
          <th scope="col">{w.conflicts.base}</th>
          <th scope="col">{w.conflicts.mine}</th>
          <th scope="col">{w.conflicts.theirs}</th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">{field}</th>
          <td>{spoken(t, w, line.path, line.base)}</td>
          <td>
            <b>{spoken(t, w, line.path, line.mine)}</b>
            <small>{when(line.author, line.madeAt)}</small>
          </td>
          <td>
            <b>{spoken(t, w, line.path, line.theirs)}</b>
            <small>{when(line.otherAuthor, line.otherAt)}</small>
          </td>
        </tr>
      </tbody>
    </table>
  )
}

function Choices({ line, onClose }: Props): VNode {
  const { w } = useUi()
  const { mine, theirs, suggested, reopen } = w.desk.conflict
  const act = useAct()
  const desk = useDesk()
  const choose = (choice: string, value?: unknown) => () =>
    desk.decide('resolve', line.key, {
      conflict: line.id,
      choice,
      ...(value === undefined ? {} : { value }),
    })
  const look = (side: string): string => (line.suggested === side ? 'primary' : '')
  const hint = (side: string): string => (line.suggested === side ? ` (${suggested})` : '')
  return (
    <>
      <p class="actions">
        <Go act={act} work={choose('mine')} done={onClose} class={look('mine')}>
          {mine + hint('mine')}
        </Go>
        <Go act={act} work={choose('theirs')} done={onClose} class={look('theirs')}>
          {theirs + hint('theirs')}
        </Go>
        {line.path === 'status' ? (
          <Go act={act} work={choose('value', 'todo')} done={onClose}>
            {reopen}
          </Go>
        ) : null}
      </p>
      {line.value ? (
        <Other line={line} give={(value) => choose('value', value)()} done={onClose} />
      ) : null}
      <Fault act={act} />
    </>
  )
}

interface OtherProps {
  line: ConflictLine
  give(value: unknown): Promise<unknown>
  done(): void
}

function Other({ line, give, done }: OtherProps): VNode {
  const { w } = useUi()
  const [value, setValue] = useState('')
  const act = useAct()
  const meant = line.value === 'count' ? Number(value) : value
  return (
    <details>
      <summary>{w.desk.conflict.other}</summary>
      <div class="form">
        <ValueField
          shape={line.value}
          label={w.desk.conflict.other}
          value={value}
          onValue={setValue}
        />
        <Go act={act} work={() => give(meant)} done={done} disabled={value === ''}>
          {w.desk.conflict.give}
        </Go>
        <Fault act={act} />
      </div>
    </details>
  )
}
