/** T6, the customer's word in two moments: the route before, conformity after; drawn or typed. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { moment as instant } from '../i18n/format.ts'
import { text } from '../tech/cells.ts'
import { useUi } from '../tech/ui.ts'
import { dated, stateOf } from '../tech/visit.ts'
import { Section, State } from '../tech/visit-sections.tsx'
import type { WorkProps, WorkSection } from '../tech/with-work.tsx'
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

export function Sign({ jobKey, view }: WorkProps): VNode {
  const { keep } = useUi()
  const words = useWords()
  const [moment, setMoment] = useState<Moment>(view.equipment.length > 0 ? 'conformity' : 'route')
  const [name, setName] = useState('')
  const [drawing, setDrawing] = useState<HTMLCanvasElement | null>(null)
  const use = async (event: Event) => {
    event.preventDefault()
    if (!name.trim()) return
    const picture = drawing && (await png(drawing))
    const args = { name: name.trim(), moment }
    const draft = { kind: 'signature', key: jobKey, args, ...(picture && { blobs: [picture] }) }
    if (await keep(draft)) location.hash = `#/${jobKey}`
  }
  return (
    <form class="card" onSubmit={use}>
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
      <p class="calls">
        <button type="submit" class="btn main" disabled={!name.trim()}>
          {drawing ? words.sign_drawn : words.sign_typed}
        </button>
      </p>
    </form>
  )
}

function momentOf(value: unknown): Moment {
  return value === 'route' ? 'route' : 'conformity'
}

function png(canvas: HTMLCanvasElement): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'))
}
