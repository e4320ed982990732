/** A check that did not pass: whose word makes it good enough, and the form for his own. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { Sign } from '../tech/frame.tsx'
import { useUi } from '../tech/ui.ts'
import type { Trial } from './view.ts'
import { wordsOf } from './words.ts'

const REASON_CHARACTERS = 4000

export function Accept({ trial, jobKey }: { trial: Trial; jobKey: string }): VNode | null {
  if (trial.accepted) return null
  if (trial.shown === 'fail') return <OfficeOnly />
  const isHis = trial.shown === 'warning' || trial.shown === 'unverified'
  return isHis ? <Own verification={trial.id} jobKey={jobKey} /> : null
}

function OfficeOnly(): VNode {
  const { t, office } = useUi()
  const words = wordsOf(t.lang)
  return (
    <section class="card">
      <p>{words.office_only}</p>
      {office && (
        <p class="calls">
          <a href={`tel:${office}`}>
            <Sign name="phone" />
            {words.call_office}
          </a>
        </p>
      )}
    </section>
  )
}

function Own({ verification, jobKey }: { verification: string; jobKey: string }): VNode {
  const { t, keep } = useUi()
  const words = wordsOf(t.lang)
  const [text, setText] = useState('')
  const reason = text.trim()
  const accept = async (event: Event) => {
    event.preventDefault()
    if (reason) await keep({ kind: 'accept', key: jobKey, args: { verification, reason } })
  }
  return (
    <details class="card">
      <summary>{words.accept}</summary>
      <form onSubmit={accept}>
        <label class="field">
          {words.accept_why}
          <textarea
            rows={2}
            maxLength={REASON_CHARACTERS}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <p class="calls">
          <button type="submit" class="btn" disabled={!reason}>
            {words.accept}
          </button>
        </p>
      </form>
    </details>
  )
}
