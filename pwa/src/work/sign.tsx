/** T6, the customer's word in two moments: the route before, conformity after; drawn or typed. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { moment as instant } from '../i18n/format.ts'
import { fill } from '../i18n/translator.ts'
import { referred, text } from '../tech/cells.ts'
import { useUi } from '../tech/ui.ts'
import { dated, stateOf, type VisitView } from '../tech/visit.ts'
import { Section, State } from '../tech/visit-sections.tsx'
import type { WorkProps, WorkSection } from '../tech/with-work.tsx'
import { type Owed, owedOf } from './owed.ts'
import { Pad } from './pad.tsx'
import { Pick } from './pick.tsx'
import { useWords } from './words.ts'

const MOMENTS = ['route', 'conformity'] as const
/** `SERIAL_CHARACTERS` of `sync/writes.py`, which bounds a name too. */
const NAME_CHARACTERS = 80

type Moment = (typeof MOMENTS)[number]

/** What was signed on a visit, and the way to sign. */
export function Signatures({ view, snapshot, today, locked }: WorkSection): VNode | null {
  const { t, zone } = useUi()
  const words = useWords()
  const { key } = view.card
  const signed = dated(snapshot.rows.get(key) ?? {}, 'signatures')
  if (locked && signed.length === 0) return null
  return (
    <Section title={words.signatures}>
      <ul>
        {signed.map(({ id, value, at }) => (
          <li key={id} class="line">
            <b>{words[momentOf(value.moment)]}</b>
            <span class="soft">{`${text(value, 'name')} · ${instant(t, zone, at, today)}`}</span>
            <State state={stateOf(snapshot.items, id)} />
          </li>
        ))}
      </ul>
      {!locked && (
        <p class="calls">
          <a href={`#/${key}/sign`}>{words.sign}</a>
        </p>
      )}
    </Section>
  )
}

export function Sign({ jobKey, view, snapshot }: WorkProps): VNode {
  const { keep, t } = useUi()
  const words = useWords()
  const job = snapshot.rows.get(jobKey) ?? {}
  const [moment, setMoment] = useState<Moment>(view.equipment.length > 0 ? 'conformity' : 'route')
  const [name, setName] = useState(text(referred(snapshot.rows, job, 'contact'), 'full_name'))
  const [drawing, setDrawing] = useState<HTMLCanvasElement | null>(null)
  const ends = moment === 'conformity' && isLast(view, owedOf(view, job, t.lang))
  const save = async (end: boolean) => {
    if (!name.trim()) return
    const picture = drawing && (await png(drawing))
    const args = { name: name.trim(), moment }
    const draft = { kind: 'signature', key: jobKey, args, ...(picture && { blobs: [picture] }) }
    if (!(await keep(draft))) return
    if (end) await keep({ kind: 'status', key: jobKey, args: { to: 'completed' } })
    location.hash = `#/${jobKey}`
  }
  const signed = drawing ? words.sign_drawn : words.sign_typed
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault()
        void save(ends)
      }}
    >
      <Pick
        legend={words.sign_what}
        options={MOMENTS.map((code) => ({ code, word: words[code] }))}
        picked={moment}
        pick={(code) => setMoment(momentOf(code))}
      />
      <label class="field">
        {words.sign_name}
        <input
          autocomplete="off"
          maxLength={NAME_CHARACTERS}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <p>{words.sign_here}</p>
      <Pad drawn={setDrawing} />
      <p class="soft">{words[moment === 'route' ? 'agree_route' : 'agree_conformity']}</p>
      <p class="calls stack">
        <button type="submit" class="btn main" disabled={!name.trim()}>
          {ends ? fill(words.and_finish, { what: signed }) : signed}
        </button>
        {ends && (
          <button type="button" class="btn" disabled={!name.trim()} onClick={() => save(false)}>
            {signed}
          </button>
        )}
      </p>
    </form>
  )
}

/** Whether the customer's word is all that the end of the visit still waits for. */
function isLast({ next }: VisitView, owed: readonly Owed[]): boolean {
  const rest = owed.filter(({ part }) => part !== 'sign')
  return next.kind === 'complete' && next.missing.length + rest.length === 0
}

function momentOf(value: unknown): Moment {
  return value === 'route' ? 'route' : 'conformity'
}

function png(canvas: HTMLCanvasElement): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'))
}
