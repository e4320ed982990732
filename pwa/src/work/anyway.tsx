/** "Terminer quand même": the reason stands in the history, and the gate decides what is filed. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { Reason } from './reason.tsx'
import { useWords } from './words.ts'

export function Anyway({ finish }: { finish(reason: string): void }): VNode {
  const words = useWords()
  const [reason, setReason] = useState('')
  const use = (event: Event) => {
    event.preventDefault()
    if (reason.trim()) finish(reason.trim())
  }
  return (
    <details>
      <summary>{words.anyway}</summary>
      <form onSubmit={use}>
        <Reason
          legend={words.anyway_why}
          reasons={[words.why_customer, words.why_impossible]}
          reason={reason}
          write={setReason}
        />
        <p class="calls">
          <button type="submit" class="btn main" disabled={!reason.trim()}>
            {words.anyway}
          </button>
        </p>
      </form>
    </details>
  )
}
