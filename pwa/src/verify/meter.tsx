/** The technician's own optical meter: typed, judged here without signal, kept with its photo. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { fill } from '../i18n/translator.ts'
import { Sign } from '../tech/frame.tsx'
import { shrink } from '../tech/label.ts'
import { useUi } from '../tech/ui.ts'
import { type Line, limitsOf, meterCheck, readDbm, siteThresholds } from '../verdict/index.ts'
import { Mark } from './lines.tsx'
import { whyOf, windowOf } from './said.ts'
import { wordsOf } from './words.ts'

interface MeterProps {
  jobKey: string
  place: Line
}

export function Meter({ jobKey, place }: MeterProps): VNode {
  const { t, keep } = useUi()
  const words = wordsOf(t.lang)
  const [text, setText] = useState('')
  const [photo, setPhoto] = useState<Blob | undefined>()
  const [kept, setKept] = useState(false)
  const dbm = readDbm(text)
  const write = (typed: string) => {
    setKept(false)
    setText(typed)
  }
  const use = async (event: Event) => {
    event.preventDefault()
    if (dbm === undefined) return
    const args = { reason: 'rerun', rx_dbm: dbm }
    if (!(await keep({ kind: 'verify', key: jobKey, args, ...(photo && { blobs: [photo] }) })))
      return
    setText('')
    setPhoto(undefined)
    setKept(true)
  }
  return (
    <details class="card">
      <summary>{words.meter}</summary>
      <form onSubmit={use}>
        <Typed text={text} write={write} isBad={text !== '' && dbm === undefined} />
        {dbm !== undefined && <Judged dbm={dbm} place={place} />}
        {kept && (
          <p class="ok" role="status">
            <Sign name="ok" /> {words.kept}
          </p>
        )}
        <div class="calls">
          <Photo photo={photo} take={setPhoto} />
          <button type="submit" class="btn" disabled={dbm === undefined}>
            {words.keep}
          </button>
        </div>
      </form>
    </details>
  )
}

// `decimal` would bring up a keyboard without a minus on some phones.
function Typed(props: { text: string; write(text: string): void; isBad: boolean }): VNode {
  const words = wordsOf(useUi().t.lang)
  return (
    <>
      <label class="field">
        {words.dbm}
        <input
          autocomplete="off"
          aria-describedby="dbm-hint"
          value={props.text}
          onInput={(event) => props.write(event.currentTarget.value)}
        />
      </label>
      <p id="dbm-hint" class={props.isBad ? 'error' : 'soft'}>
        {props.isBad ? words.dbm_bad : words.dbm_hint}
      </p>
    </>
  )
}

function Judged({ dbm, place }: { dbm: number; place: Line }): VNode {
  const { lang } = useUi().t
  const words = wordsOf(lang)
  const thresholds = siteThresholds()
  const { state, reason, limit } = meterCheck(dbm, place, 0, thresholds)
  const [low, high] = limit ?? [null, null]
  const { opticalClass } = limitsOf(place, thresholds)
  const named = opticalClass && fill(words.of_class, { name: opticalClass })
  const said = [whyOf({ state, reason }, lang), windowOf({ low, high }, lang), named, words.manual]
  return (
    <p role="status">
      <Mark shown={state} /> {said.filter(Boolean).join(' · ')}
    </p>
  )
}

function Photo(props: { photo: Blob | undefined; take(photo: Blob): void }): VNode {
  const words = wordsOf(useUi().t.lang)
  const [bad, setBad] = useState(false)
  const pick = async (event: Event & { currentTarget: HTMLInputElement }) => {
    const file = event.currentTarget.files?.[0]
    // The same photo may be chosen twice: without this the second choice is no change.
    event.currentTarget.value = ''
    const small = file && (await shrink(file).catch(() => undefined))
    setBad(!!file && !small)
    if (small) props.take(small)
  }
  return (
    <>
      <label class="btn">
        <Sign name={props.photo ? 'ok' : 'scan'} />
        {props.photo ? words.photo_here : words.photo}
        <input class="file" type="file" accept="image/*" capture="environment" onChange={pick} />
      </label>
      {bad && <p class="error">{words.bad_photo}</p>}
    </>
  )
}
