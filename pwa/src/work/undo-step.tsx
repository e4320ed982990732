/** A required step of a finished visit that was not done after all: undone, and a note says why. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { fill } from '../i18n/translator.ts'
import { useUi } from '../tech/ui.ts'
import type { Step, VisitView } from '../tech/visit.ts'
import type { WorkProps } from '../tech/with-work.tsx'
import { Pick } from './pick.tsx'
import { Reason } from './reason.tsx'
import { useWords } from './words.ts'

/** The steps that are ticked for good once the visit is finished. */
export function undoable({ card, steps }: VisitView): Step[] {
  return card.status === 'completed' ? steps.filter(({ required, done }) => required && done) : []
}

export function UndoStep({ jobKey, view }: WorkProps): VNode {
  const { keep } = useUi()
  const words = useWords()
  const steps = undoable(view)
  const [picked, setPicked] = useState('')
  const [reason, setReason] = useState('')
  const step = steps.find(({ id }) => id === picked)
  const isReady = step && reason.trim()
  const use = async (event: Event) => {
    event.preventDefault()
    if (!isReady) return
    const text = fill(words.undo_note, { what: step.label, why: reason.trim() })
    // The reason first: a step that is undone without one would say nothing to the office.
    if (!(await keep({ kind: 'note', key: jobKey, args: { text } }))) return
    if (await keep({ kind: 'check', key: jobKey, args: { item: step.id, done: false } }))
      location.hash = `#/${jobKey}`
  }
  if (steps.length === 0) return <p class="card">{words.undo_none}</p>
  return (
    <form class="card" onSubmit={use}>
      <Pick
        legend={words.undo_which}
        options={steps.map(({ id, label }) => ({ code: id, word: label }))}
        picked={picked}
        pick={setPicked}
      />
      <Reason
        legend={words.correct_why}
        reasons={[words.why_slip]}
        reason={reason}
        write={setReason}
      />
      <p class="calls">
        <button type="submit" class="btn main" disabled={!isReady}>
          {words.undo_do}
        </button>
      </p>
    </form>
  )
}
