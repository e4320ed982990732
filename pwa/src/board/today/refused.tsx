/** Work that was refused or set aside by Terrain: tried again, mended, closed; by reason too. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { moment } from '../../i18n/format.ts'
import { named } from '../../i18n/translate.ts'
import { type Desk, DeskError, useAct, useDesk } from '../desk/desk.ts'
import { Dialog, Fault, Go } from '../desk/dialog.tsx'
import { Field } from '../desk/field.tsx'
import { useMayDecide } from '../desk/me.ts'
import { why } from '../format.ts'
import type { RefusedLine } from '../state.ts'
import { Cell, Mark, Section, useUi } from '../ui.tsx'
import type { BoardWords } from '../words/fr.ts'

interface Came {
  refused: string
  outcome: string
  reason: string
}

export function Refused({ lines, total }: { lines: RefusedLine[]; total: number }): VNode {
  const { w } = useUi()
  const [open, setOpen] = useState('')
  const chosen = lines.find(({ id }) => id === open)
  const { title, empty, time, visit, action, reason, more } = w.refused
  const may = useMayDecide()
  const does = may ? w.desk.act.mend : w.desk.act.see
  return (
    <>
      <Section
        id="refused"
        title={title}
        empty={empty}
        columns={[time, w.health.technician, visit, action, reason, does]}
        rows={lines.length}
        note={total > lines.length ? more(lines.length, total) : ''}
        scrolls
      >
        <tbody>
          {lines.map((line) => (
            <Refusal key={line.id} line={line} does={does} onOpen={() => setOpen(line.id)} />
          ))}
        </tbody>
      </Section>
      {may ? <ByReason lines={lines} /> : null}
      {chosen ? <Mend line={chosen} onClose={() => setOpen('')} /> : null}
    </>
  )
}

/** Lines of phones that share a reason, most first: one button for all of them. */
export function groups(lines: readonly RefusedLine[]): [string, RefusedLine[]][] {
  const found = new Map<string, RefusedLine[]>()
  for (const line of lines.filter(({ byPhone }) => byPhone)) {
    found.set(line.reason, [...(found.get(line.reason) ?? []), line])
  }
  const many = [...found].filter(([, same]) => same.length > 1)
  return many.sort(([, one], [, other]) => other.length - one.length)
}

function ByReason({ lines }: { lines: RefusedLine[] }): VNode | null {
  const { w } = useUi()
  const desk = useDesk()
  const act = useAct()
  const many = groups(lines)
  if (!many.length) return null
  return (
    <p class="actions">
      {many.map(([reason, same]) => (
        <Go key={reason} act={act} work={() => tryAgain(desk, same)}>
          {w.desk.refused.all(same.length)} · {why(w, reason)}
        </Go>
      ))}
      <Fault act={act} />
    </p>
  )
}

async function tryAgain(
  desk: Desk,
  lines: readonly RefusedLine[],
  args: Record<string, unknown> | null = null,
): Promise<void> {
  const tries = lines.map(({ id }) => ({ refused: id, id: desk.newId(), args }))
  const came = await desk.send<Came[]>('refused/again', { tries })
  desk.refresh()
  const still = came.find(({ outcome }) => outcome === 'rejected' || outcome === 'parked')
  if (still) throw new DeskError(still.reason)
}

interface RefusalProps {
  line: RefusedLine
  /** What opening it is for: to mend, or to see. */
  does: string
  onOpen(): void
}

function Refusal({ line, does, onOpen }: RefusalProps): VNode {
  const { w, t, zone, today } = useUi()
  const parked = line.outcome === 'parked'
  return (
    <tr>
      <Cell label={w.refused.time}>{moment(t, zone, line.madeAt || line.receivedAt, today)}</Cell>
      <th scope="row" data-label={w.health.technician}>
        {line.technician || w.nobody}
      </th>
      <Cell label={w.refused.visit}>{line.visit || '–'}</Cell>
      <Cell label={w.refused.action}>
        <What line={line} />
      </Cell>
      <Cell label={w.refused.reason}>
        <Mark tone={parked ? 'pending' : 'error'}>
          {parked ? `${w.refused.parked}\u00a0– ` : ''}
          {why(w, line.reason)}
        </Mark>
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

function What({ line }: { line: RefusedLine }): VNode {
  const { w, t } = useUi()
  const kinds: Readonly<Record<string, string>> = w.kind
  const about = line.kind === 'status' ? named(t, 'status', line.about) : line.about
  return <>{[kinds[line.kind] ?? line.kind, about].filter(Boolean).join(' ')}</>
}

function Mend({ line, onClose }: { line: RefusedLine; onClose(): void }): VNode {
  const { w } = useUi()
  const may = useMayDecide()
  return (
    <Dialog
      title={`${may ? w.desk.act.mend : w.desk.act.see} : ${line.visit || '–'}`}
      onClose={onClose}
    >
      <p>
        <What line={line} /> · <b>{line.technician || w.nobody}</b> · {why(w, line.reason)}{' '}
        <code>{line.reason}</code>
      </p>
      {line.byPhone ? null : <p class="soft">{w.desk.refused.office}</p>}
      {may && line.byPhone ? <Mending line={line} onClose={onClose} /> : null}
      {may ? <Close line={line} onClose={onClose} /> : <Content args={line.args} />}
    </Dialog>
  )
}

// What was sent as text can be mended; all of it is shown, folded.
function Mending({ line, onClose }: { line: RefusedLine; onClose(): void }): VNode {
  const { w } = useUi()
  const desk = useDesk()
  const act = useAct()
  const [args, setArgs] = useState(line.args)
  const { again, mend } = w.desk.refused
  const texts = Object.entries(args).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  )
  const changed = JSON.stringify(args) !== JSON.stringify(line.args)
  return (
    <>
      <div class="form">
        {texts.map(([name, value]) => (
          <Field
            key={name}
            kind="text"
            label={argument(w, name)}
            value={value}
            onValue={(text) => setArgs({ ...args, [name]: text })}
          />
        ))}
        <Go
          act={act}
          work={() => tryAgain(desk, [line], changed ? args : null)}
          done={onClose}
          class="primary"
        >
          {changed ? mend : again}
        </Go>
      </div>
      <Fault act={act} />
      <Content args={args} />
    </>
  )
}

function Content({ args }: { args: RefusedLine['args'] }): VNode {
  const { w } = useUi()
  return (
    <details>
      <summary>{w.desk.refused.content}</summary>
      <pre>{JSON.stringify(args, null, 2)}</pre>
    </details>
  )
}

function argument(w: BoardWords, name: string): string {
  const known: Readonly<Record<string, string>> = w.desk.refused.args
  return known[name] ?? name
}

function Close({ line, onClose }: { line: RefusedLine; onClose(): void }): VNode {
  const { w } = useUi()
  const desk = useDesk()
  const act = useAct()
  const [reason, setReason] = useState('')
  const close = async (): Promise<void> => {
    await desk.send('refused/close', { refused: [line.id], reason })
    desk.refresh()
  }
  return (
    <div class="form">
      <label class="wide">
        <span>{w.desk.refused.reason}</span>
        <input value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <Go act={act} work={close} done={onClose} disabled={!reason.trim()}>
        {w.desk.refused.close}
      </Go>
      <Fault act={act} />
    </div>
  )
}
