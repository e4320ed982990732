/** Why: one tap on what is usual, or a few words. */
import type { VNode } from 'preact'
import { useWords } from './words.ts'

const REASON_CHARACTERS = 400

interface ReasonProps {
  legend: string
  reasons: readonly string[]
  reason: string
  write(reason: string): void
}

export function Reason({ legend, reasons, reason, write }: ReasonProps): VNode {
  const words = useWords()
  return (
    <fieldset class="usual">
      <legend>{legend}</legend>
      {reasons.map((usual) => (
        <button
          key={usual}
          type="button"
          class="btn"
          aria-pressed={usual === reason}
          onClick={() => write(usual)}
        >
          {usual}
        </button>
      ))}
      <label class="field">
        {words.in_words}
        <input
          maxLength={REASON_CHARACTERS}
          value={reasons.includes(reason) ? '' : reason}
          onInput={(event) => write(event.currentTarget.value)}
        />
      </label>
    </fieldset>
  )
}
