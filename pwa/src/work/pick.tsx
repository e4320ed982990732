/** One of several, by radio buttons that a glove can hit. */
import type { VNode } from 'preact'

export interface Option {
  code: string
  word: string
}

interface PickProps {
  legend: string
  options: readonly Option[]
  picked: string
  pick(code: string): void
}

export function Pick({ legend, options, picked, pick }: PickProps): VNode {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {options.map(({ code, word }) => (
        <label key={code} class="step">
          <input type="radio" name={legend} checked={picked === code} onChange={() => pick(code)} />
          <span>{word}</span>
        </label>
      ))}
    </fieldset>
  )
}
