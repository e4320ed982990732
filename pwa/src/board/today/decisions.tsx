/** What needs a human: values to choose between, and work that was refused. Read only. */
import type { VNode } from 'preact'
import { moment } from '../i18n/format.ts'
import { named } from '../i18n/translate.ts'
import { spoken, why } from './format.ts'
import type { ConflictLine, RefusedLine } from './state.ts'
import { Cell, Mark, Section, useUi } from './ui.tsx'

export function Conflicts({ lines, total }: { lines: ConflictLine[]; total: number }): VNode {
  const { w } = useUi()
  const { title, empty, field, base, mine, theirs } = w.conflicts
  return (
    <Section
      id="conflicts"
      title={title}
      empty={empty}
      columns={[w.refused.visit, field, base, mine, theirs]}
      rows={lines.length}
      note={total > lines.length ? w.refused.more(lines.length, total) : ''}
      scrolls
    >
      <tbody>
        {lines.map((line) => (
          <Conflict key={line.id} line={line} />
        ))}
      </tbody>
    </Section>
  )
}

export function Refused({ lines, total }: { lines: RefusedLine[]; total: number }): VNode {
  const { w } = useUi()
  const { title, empty, time, visit, action, reason } = w.refused
  return (
    <Section
      id="refused"
      title={title}
      empty={empty}
      columns={[time, w.health.technician, visit, action, reason]}
      rows={lines.length}
      note={total > lines.length ? w.refused.more(lines.length, total) : ''}
      scrolls
    >
      <tbody>
        {lines.map((line) => (
          <Refusal key={line.id} line={line} />
        ))}
      </tbody>
    </Section>
  )
}

function Conflict({ line }: { line: ConflictLine }): VNode {
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

function Refusal({ line }: { line: RefusedLine }): VNode {
  const { w, t, zone, today } = useUi()
  const kinds: Readonly<Record<string, string>> = w.kind
  const about = line.kind === 'status' ? named(t, 'status', line.about) : line.about
  const parked = line.outcome === 'parked'
  return (
    <tr>
      <Cell label={w.refused.time}>{moment(t, zone, line.madeAt || line.receivedAt, today)}</Cell>
      <th scope="row" data-label={w.health.technician}>
        {line.technician || w.nobody}
      </th>
      <Cell label={w.refused.visit}>{line.visit || '–'}</Cell>
      <Cell label={w.refused.action}>
        {[kinds[line.kind] ?? line.kind, about].filter(Boolean).join(' ')}
      </Cell>
      <Cell label={w.refused.reason}>
        <Mark tone={parked ? 'pending' : 'error'}>
          {parked ? `${w.refused.parked}\u00a0– ` : ''}
          {why(w, line.reason)}
        </Mark>
      </Cell>
    </tr>
  )
}
