/** "Plein soleil": black on white, larger, edges instead of greys; remembered on this phone. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { useWords } from './words.ts'

const KEY = 'terrain-sun'

/** Dress the page as this phone was last told. */
export function dress(): void {
  document.documentElement.classList.toggle('sun', isOn())
}

export function Sun(): VNode {
  const words = useWords()
  const [on, setOn] = useState(isOn)
  const change = () => {
    keep(!on)
    setOn(!on)
    dress()
  }
  return (
    <section class="card">
      <label class="step">
        <input type="checkbox" checked={on} onChange={change} />
        <span>
          <b>{words.sun}</b> {words.sun_more}
        </span>
      </label>
    </section>
  )
}

function isOn(): boolean {
  try {
    return localStorage.getItem(KEY) === '1'
  } catch {
    return false // blocked, or not a browser
  }
}

function keep(on: boolean): void {
  try {
    localStorage.setItem(KEY, on ? '1' : '')
  } catch {
    // Blocked or full: it stays as the page was dressed before.
  }
}
