/** A labelled field of one kind. */
import type { VNode } from 'preact'
import { useId } from 'preact/hooks'

interface Props {
  kind: 'text' | 'date' | 'time' | 'number'
  label: string
  value: string
  onValue(value: string): void
}

export function Field(props: Props): VNode {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <Entry {...props} id={id} />
    </div>
  )
}

// Written out: which attributes an input may have follows from its kind.
function Entry({ kind, value, onValue, id }: Props & { id: string }): VNode {
  const on = (event: { currentTarget: HTMLInputElement }): void =>
    onValue(event.currentTarget.value)
  if (kind === 'date') return <input id={id} type="date" value={value} onInput={on} />
  if (kind === 'time') return <input id={id} type="time" value={value} onInput={on} />
  if (kind === 'number') return <input id={id} type="number" value={value} onInput={on} />
  return <input id={id} type="text" value={value} onInput={on} />
}
