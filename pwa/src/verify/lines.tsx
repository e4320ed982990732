/** What a check is made of: its lines, who answered, and how far a starting modem has come. */
import type { VNode } from 'preact'
import { fill } from '../i18n/translator.ts'
import { Sign } from '../tech/frame.tsx'
import { useUi } from '../tech/ui.ts'
import { Section } from '../tech/visit-sections.tsx'
import { checkText, reasonText, todoText } from '../verdict/index.ts'
import { ageOf, amount, capital, signOf, toneOf, whyOf, windowOf, wordOf } from './said.ts'
import { type Found, type Shown, type Trial, worstFirst } from './view.ts'
import { endingWord, sourceWord, stepWord, wordsOf } from './words.ts'

interface LinesProps {
  title: string
  trial: Trial
  /** UTC ms, by which a reading is old. */
  now: number
  /** With the verdict beside the title. */
  headed?: boolean
}

export function Lines({ title, trial, now, headed = false }: LinesProps): VNode | null {
  if (trial.lines.length === 0) return null
  return (
    <Section title={title} aside={headed && <Mark shown={trial.shown} />}>
      <ul>
        {worstFirst(trial.lines.filter(isTold)).map((line) => (
          <FoundLine key={line.name} line={line} now={now} />
        ))}
        <Untold lines={trial.lines.filter((line) => !isTold(line))} />
      </ul>
    </Section>
  )
}

/** The sign and the word of a verdict. */
export function Mark({ shown }: { shown: Shown }): VNode {
  return (
    <span class={`state ${toneOf(shown)}`}>
      <Sign name={signOf(shown)} />
      {wordOf(shown, useUi().t.lang)}
    </span>
  )
}

export function Sources({ trial }: { trial: Trial }): VNode | null {
  const { lang } = useUi().t
  // Of one that is switched off nobody expects an answer.
  const asked = trial.sources.filter(({ detail }) => detail !== 'disabled')
  if (asked.length === 0) return null
  return (
    <Section title={wordsOf(lang).sources}>
      <ul>
        {asked.map(({ name, state }) => (
          <li key={name} class="found">
            <div class="when">
              <span>{capital(sourceWord(lang, name))}</span>
              <span class="soft">{endingWord(lang, state)}</span>
            </div>
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** Instead of a spinner: what has come, and what is still to come. */
export function WayUp({ trial }: { trial: Trial }): VNode | null {
  const { lang } = useUi().t
  const words = wordsOf(lang)
  if (trial.steps.length === 0) return null
  return (
    <ol class="ways" aria-label={words.way}>
      {trial.steps.map(({ name, done }) => (
        <li key={name} class={`way ${done ? 'ok' : 'soft'}`}>
          <Sign name={done ? 'ok' : 'todo'} />
          <span>{[stepWord(lang, name), done ? words.done : words.not_yet].join('\u00a0– ')}</span>
        </li>
      ))}
    </ol>
  )
}

// One line for all of which nobody told anything: each by itself would hide what somebody did.
function Untold({ lines }: { lines: readonly Found[] }): VNode | null {
  const { lang } = useUi().t
  const [first] = lines
  if (!first) return null
  return (
    <li class="found">
      <div class="when">
        <b>{reasonText(first.reason, lang)}</b>
        <Mark shown={first.state} />
      </div>
      <p class="soft">{lines.map(({ name }) => checkText(name, lang)).join(' · ')}</p>
      <Todo reason={first.reason} open={false} />
    </li>
  )
}

function isTold({ reason, value }: Found): boolean {
  return value !== null || reason !== 'no-reading'
}

function FoundLine({ line, now }: { line: Found; now: number }): VNode {
  const { lang } = useUi().t
  const words = wordsOf(lang)
  const why = whyOf(line, lang)
  return (
    <li class="found">
      <div class="when">
        <b>{checkText(line.name, lang)}</b>
        <Mark shown={line.state} />
      </div>
      <Told line={line} now={now} />
      {why && <p>{why}</p>}
      {line.remarks
        .filter((remark) => remark !== line.reason)
        .map((remark) => (
          <p key={remark}>{fill(words.remark, { what: reasonText(remark, lang) })}</p>
        ))}
      <Todo reason={line.state === 'pass' ? '' : line.reason} open={line.state === 'fail'} />
    </li>
  )
}

function Told({ line, now }: { line: Found; now: number }): VNode | null {
  const { lang } = useUi().t
  const value = amount(line, lang)
  const limits = windowOf(line, lang)
  const source = line.source && sourceWord(lang, line.source)
  const age = line.measuredAt && value ? ageOf(line.measuredAt, now, lang) : ''
  if (!value) return source ? <p class="soft">{capital(source)}</p> : null
  return (
    <p class="soft told">
      <span>
        <b>{value}</b>
        {limits && ` (${limits})`}
      </span>{' '}
      <span>{[source, age].filter(Boolean).join(' · ')}</span>
    </p>
  )
}

// What failed is told at once, with both hands full; the rest is there for who asks.
function Todo({ reason, open }: { reason: string; open: boolean }): VNode | null {
  const { lang } = useUi().t
  const text = todoText(reason, lang)
  if (!text) return null
  return (
    <details open={open}>
      <summary>{wordsOf(lang).todo}</summary>
      <p class="todo-text">{text}</p>
    </details>
  )
}
