/** The one next step of a visit, under the thumb, and the other ways it may go. */
import type { VNode } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { named } from '../i18n/translator.ts'
import { REASONS_NOT_COMPLETED, REASONS_ON_HOLD } from '../sync/job-status.ts'
import type { Cells } from '../sync/types.ts'
import { Sign } from './frame.tsx'
import { useUi } from './ui.ts'
import type { Next, Step, VisitView } from './visit.ts'
import { State } from './visit-sections.tsx'
import { Anyway, useOwed, useWork } from './with-work.tsx'

const REST_MS = 700
const ABSENT = 'customer_absent'

interface Way {
  to: string
  reason?: string
  text?: string
}

/** Whether the step was kept; one that comes too soon, or leads nowhere, is not. */
type Move = (way: Way) => Promise<boolean>

interface NextStepProps {
  view: VisitView
  job: Cells
  readOnly: boolean
  /** Its check failed, and nobody answered for that: the server will hold the completion. */
  unverified: boolean
}

export function NextStep({ view, job, readOnly, unverified }: NextStepProps): VNode | null {
  const { t } = useUi()
  const [open, setOpen] = useState(false)
  const [resting, move] = useMove(view)
  if (readOnly) return <p class="foot soft">{t('day.read_only')}</p>
  if (view.card.status === 'completed') return <Finished view={view} />
  if (view.next.kind === 'none' && !view.mayFail) return null
  return (
    <div class="foot">
      {open && <Others view={view} move={move} done={() => setOpen(false)} />}
      {!open && view.next.kind === 'complete' && (
        <Missing steps={view.next.missing} {...{ view, job, unverified }} />
      )}
      {!open && view.next.kind === 'complete' && view.next.missing.length > 0 && (
        <Anyway finish={(text) => move({ to: 'completed', text })} />
      )}
      <div class="row">
        {!open && <Primary next={view.next} jobKey={view.card.key} resting={resting} move={move} />}
        <button
          type="button"
          class={open ? 'btn' : 'btn more'}
          aria-expanded={open}
          aria-label={open ? undefined : t('visit.more')}
          onClick={() => setOpen(!open)}
        >
          <Sign name={open ? 'cross' : 'more'} />
          {open && t('visit.less')}
        </button>
      </div>
    </div>
  )
}

// On file or still on its way: only the gesture that ended the visit knows.
function Finished({ view }: { view: VisitView }): VNode {
  const end = view.history.findLast((mark) => mark.to === 'completed')
  return (
    <p class="foot ok">
      {useUi().t('visit.finished')} <State state={end?.state ?? null} />
    </p>
  )
}

// The next step appears under the thumb that still taps the one before: it rests a moment first.
function useMove({ card }: VisitView): [resting: boolean, move: Move] {
  const { keep } = useUi()
  const still = useRef(false)
  const [resting, setResting] = useState(false)
  const rest = (on: boolean) => {
    still.current = on
    setResting(on)
  }
  const move = async (way: Way) => {
    if (still.current || way.to === card.status) return false
    rest(true)
    const kept = await keep({ kind: 'status', key: card.key, args: { ...way } })
    setTimeout(() => rest(false), REST_MS)
    return kept
  }
  return [resting, move]
}

interface PrimaryProps {
  next: Next
  jobKey: string
  resting: boolean
  move: Move
}

function Primary({ next, jobKey, resting, move }: PrimaryProps): VNode | null {
  const { t } = useUi()
  if (next.kind === 'none') return null
  if (next.kind === 'scan') {
    return (
      <a class="btn main" aria-disabled={resting} {...(!resting && { href: `#/${jobKey}/scan` })}>
        <Sign name="scan" />
        {t('action.scan_ont')}
      </a>
    )
  }
  if (next.kind === 'complete') {
    return (
      <button
        type="button"
        class="btn main"
        aria-disabled={resting}
        disabled={next.missing.length > 0}
        onClick={() => move({ to: 'completed' })}
      >
        <Sign name="check" />
        {t('action.complete')}
      </button>
    )
  }
  return (
    <button
      type="button"
      class="btn main"
      aria-disabled={resting}
      onClick={() => move({ to: next.to })}
    >
      <Sign name={next.to} />
      {t(`status.${next.to}`)}
    </button>
  )
}

interface MissingProps {
  steps: Step[]
  unverified: boolean
  view: VisitView
  job: Cells
}

function Missing({ steps, unverified, view, job }: MissingProps): VNode | null {
  const { t } = useUi()
  const owed = useOwed(view, job)
  const jobKey = view.card.key
  if (steps.length + owed.length === 0 && !unverified) return null
  return (
    <div class="missing">
      <b>{t('visit.missing')}</b>
      {steps.map((step) => (
        <a
          key={step.id}
          href={`#/${jobKey}/step/${encodeURIComponent(step.id)}`}
          onClick={() => document.getElementById(`step-${step.id}`)?.focus()}
        >
          {step.label}
        </a>
      ))}
      {unverified && <a href={`#/${jobKey}/verify`}>{t('visit.verification')}</a>}
      {owed.map(({ part, word }) => (
        <a key={part} href={`#/${jobKey}/${part}`}>
          {word}
        </a>
      ))}
    </div>
  )
}

function Others({ view, move, done }: { view: VisitView; move: Move; done(): void }): VNode {
  const { t } = useUi()
  const work = useWork()
  const go = async (way: Way) => {
    if (await move(way)) done()
  }
  return (
    <div class="others">
      {view.undo && (
        <button type="button" class="btn" onClick={() => go({ to: view.undo ?? '' })}>
          {t('visit.undo', { status: t(`status.${view.undo}`) })}
        </button>
      )}
      {view.mayHold && (
        <Reasons
          title={t('visit.why_on_hold')}
          reasons={REASONS_ON_HOLD}
          pick={(reason) => go({ to: 'on_hold', reason })}
        />
      )}
      {view.mayFail && (
        <Reasons
          title={t('visit.why_not_completed')}
          reasons={REASONS_NOT_COMPLETED.filter((reason) => reason !== 'other')}
          pick={(reason) => {
            // Whoever is not there is called first; that screen ends the visit.
            if (work && reason === ABSENT) location.hash = `#/${view.card.key}/absent`
            else void go({ to: 'not_completed', reason })
          }}
        />
      )}
      {view.mayFail && (
        <OtherReason pick={(text) => go({ to: 'not_completed', reason: 'other', text })} />
      )}
    </div>
  )
}

interface ReasonsProps {
  title: string
  reasons: readonly string[]
  pick(reason: string): void
}

function Reasons({ title, reasons, pick }: ReasonsProps): VNode {
  const { t } = useUi()
  return (
    <fieldset>
      <legend>{title}</legend>
      {reasons.map((reason) => (
        <button key={reason} type="button" class="btn" onClick={() => pick(reason)}>
          {named(t, 'reason', reason)}
        </button>
      ))}
    </fieldset>
  )
}

function OtherReason({ pick }: { pick(text: string): void }): VNode {
  const { t } = useUi()
  const [text, setText] = useState('')
  const save = (event: Event) => {
    event.preventDefault()
    if (text.trim()) pick(text.trim())
  }
  return (
    <form onSubmit={save}>
      <label class="field">
        {`${t('reason.other')} – ${t('visit.other_text')}`}
        <input value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <button type="submit" class="btn" disabled={!text.trim()}>
        {t('visit.save_other')}
      </button>
    </form>
  )
}
