/** The sections of a visit: what is known, what is done, what was fitted, written, marked. */
import type { ComponentChildren, VNode } from 'preact'
import { useState } from 'preact/hooks'
import { moment } from '../i18n/format.ts'
import { named } from '../i18n/translator.ts'
import type { Held } from '../scan/check.tsx'
import type { ItemState } from '../sync/types.ts'
import { grouped } from './codes.ts'
import { Calls, Chip, Kind } from './day-screen.tsx'
import { loadDraft, saveDraft } from './draft.ts'
import { Sign } from './frame.tsx'
import { signOf, toneOf, wordOf } from './item-state.ts'
import { ScanLine } from './scan-line.tsx'
import { useUi } from './ui.ts'
import { actionOf, type Step, type VisitView } from './visit.ts'

const NOTE_CHARACTERS = 4000

export function Access({ view }: { view: VisitView }): VNode {
  const { t } = useUi()
  const { card, facts } = view
  return (
    <Section title={t('visit.access')} aside={<Chip status={card.status} />}>
      <Kind card={card} />
      <dl>
        <Fact
          name={t('visit.address')}
          value={[card.street, card.town].filter(Boolean).join(', ')}
        />
        <Fact name={t('visit.access_code')} value={facts.accessCode} />
        <Fact name={t('visit.access_notes')} value={facts.accessNotes} />
        <Fact name={t('visit.dispatch_notes')} value={facts.dispatchNotes} />
        <Fact name={t('visit.terminal')} value={facts.terminal} />
        <Fact name={t('visit.plan')} value={facts.plan} />
      </dl>
      <Calls card={card} />
    </Section>
  )
}

export function Steps({
  view,
  locked,
  children,
}: {
  view: VisitView
  locked: boolean
  children: ComponentChildren
}): VNode {
  const { t } = useUi()
  const isOver = view.card.status === 'completed'
  const done = view.steps.filter((step) => step.done).length
  const count = t('visit.steps_done', { done, of: view.steps.length })
  return (
    <Section title={t('visit.steps')} aside={view.steps.length > 0 ? count : null}>
      {view.steps.length === 0 && <p class="soft">{t('visit.no_steps')}</p>}
      <ul>
        {view.steps.map((step) => (
          <StepLine
            key={step.id}
            step={step}
            jobKey={view.card.key}
            locked={locked || (isOver && step.required && step.done)}
          />
        ))}
      </ul>
      {children}
    </Section>
  )
}

export function Equipment({
  view,
  held,
  locked,
  children,
}: {
  view: VisitView
  held: Held
  locked: boolean
  children: ComponentChildren
}): VNode {
  const { t } = useUi()
  const none = view.equipment.length + view.scans.length === 0
  return (
    <Section title={t('visit.equipment')}>
      {none && <p class="soft">{t('visit.no_equipment')}</p>}
      <ul>
        {view.equipment.map((line) => (
          <li key={line.id} class="line">
            <b class="serial">{grouped(line.serial)}</b>
            {line.action === 'remove' && <span>{t('visit.taken_back')}</span>}
            <span class="soft">
              {[named(t, 'code', line.type, ''), named(t, 'source', line.source, '')]
                .filter(Boolean)
                .join(' · ')}
            </span>
            {line.corrected && (
              <span class="words">
                {t('visit.corrected', { what: grouped(line.corrected), why: line.why })}
              </span>
            )}
            <State state={line.state} />
          </li>
        ))}
        {view.scans.map((scan) => (
          <ScanLine
            key={scan.id}
            scan={scan}
            jobKey={view.card.key}
            action={actionOf(view.card.type)}
            held={held}
          />
        ))}
      </ul>
      {!locked && (
        <p class="calls">
          <a href={`#/${view.card.key}/scan`}>
            <Sign name="scan" />
            {t('visit.scan_label')}
          </a>
          <a href={`#/${view.card.key}/type`}>{t('visit.type_serial')}</a>
        </p>
      )}
      {children}
    </Section>
  )
}

export function Notes(props: { view: VisitView; today: string; locked: boolean }): VNode {
  const { view, today, locked } = props
  const { t, zone } = useUi()
  return (
    <Section title={t('visit.notes')}>
      {view.notes.length === 0 && <p class="soft">{t('visit.no_notes')}</p>}
      <ul>
        {view.notes.map((note) => (
          <li key={note.id} class="line">
            <p class="words">{note.text}</p>
            <span class="soft">{[moment(t, zone, note.at, today), note.by].join(' · ')}</span>
            <Late hours={note.lateHours} />
            <State state={note.state} />
          </li>
        ))}
      </ul>
      {!locked && <NewNote jobKey={view.card.key} />}
    </Section>
  )
}

export function History({ view, today }: { view: VisitView; today: string }): VNode {
  const { t, zone } = useUi()
  return (
    <Section title={t('visit.history')}>
      {view.history.length === 0 && <p class="soft">{t('visit.no_history')}</p>}
      <ul>
        {view.history.map((mark) => (
          <li key={mark.id} class="line">
            <b>{named(t, 'status', mark.to)}</b>
            {(mark.reason || mark.text) && (
              <span>{mark.text || named(t, 'reason', mark.reason)}</span>
            )}
            <span class="soft">{[moment(t, zone, mark.at, today), mark.by].join(' · ')}</span>
            <Late hours={mark.lateHours} />
            <State state={mark.state} />
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** The sign and the word of where a gesture stands; nothing once it is only history. */
export function State({ state }: { state: ItemState | null }): VNode | null {
  const { t, zone } = useUi()
  if (!state) return null
  return (
    <span class={`state ${toneOf(state)}`}>
      <Sign name={signOf(state)} />
      {wordOf(t, zone, { state })}
    </span>
  )
}

function StepLine({
  step,
  jobKey,
  locked,
}: {
  step: Step
  jobKey: string
  locked: boolean
}): VNode {
  const { t, keep } = useUi()
  const toggle = () =>
    keep({ kind: 'check', key: jobKey, args: { item: step.id, done: !step.done } })
  return (
    <li class="line">
      <label class="step">
        <input
          id={`step-${step.id}`}
          type="checkbox"
          checked={step.done}
          disabled={locked}
          onChange={toggle}
        />
        <span>{step.label}</span>
        {step.required && !step.done && <em>{t('visit.required')}</em>}
      </label>
      <State state={step.state} />
    </li>
  )
}

function NewNote({ jobKey }: { jobKey: string }): VNode {
  const { t, keep } = useUi()
  const [draft, setDraft] = useState(() => loadDraft(jobKey))
  const write = (text: string) => {
    saveDraft(jobKey, text)
    setDraft(text)
  }
  const add = async (event: Event) => {
    event.preventDefault()
    const text = draft.trim()
    // The text leaves the field only once it is kept.
    if (text && (await keep({ kind: 'note', key: jobKey, args: { text } }))) write('')
  }
  return (
    <form onSubmit={add}>
      <label class="field">
        {t('visit.new_note')}
        <textarea
          rows={2}
          maxLength={NOTE_CHARACTERS}
          value={draft}
          onInput={(event) => write(event.currentTarget.value)}
        />
      </label>
      <p class="calls">
        <button type="submit" class="btn">
          {t('visit.add_note')}
        </button>
      </p>
    </form>
  )
}

export function Section(props: {
  title: string
  aside?: ComponentChildren
  children: ComponentChildren
}): VNode {
  return (
    <section class="card">
      <div class="when">
        <h2>{props.title}</h2>
        {props.aside}
      </div>
      {props.children}
    </section>
  )
}

function Fact({ name, value }: { name: string; value: string }): VNode | null {
  if (!value) return null
  return (
    <div>
      <dt class="soft">{name}</dt>
      <dd class="words">{value}</dd>
    </div>
  )
}

function Late({ hours }: { hours: number }): VNode | null {
  const { t } = useUi()
  return hours > 0 ? <span class="pending">{t('visit.late', { n: hours })}</span> : null
}
