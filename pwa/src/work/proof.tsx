/** "Preuve de journée": what of today is on file, and what is missing by name. */
import type { VNode } from 'preact'
import { fill } from '../i18n/translator.ts'
import type { Rows, Snapshot } from '../sync/types.ts'
import { Sign } from '../tech/frame.tsx'
import { signOf, toneOf, wordOf } from '../tech/item-state.ts'
import { title } from '../tech/outbox.ts'
import { useUi } from '../tech/ui.ts'
import { Section } from '../tech/visit-sections.tsx'
import { proofOf } from './proof.ts'
import { useWords } from './words.ts'

export function Proof({ snapshot, today }: { snapshot: Snapshot; today: string }): VNode | null {
  const { t, zone } = useUi()
  const words = useWords()
  const { gestures, filed, missing } = proofOf(snapshot, zone, today)
  if (gestures === 0) return null
  const rows: Rows = new Map([...snapshot.removed, ...snapshot.rows])
  const isWhole = missing.length === 0
  const counted = fill(gestures === 1 ? words.gesture : words.gestures, { n: gestures, filed })
  return (
    <Section title={words.proof}>
      <p class={`state ${isWhole ? 'ok' : 'pending'}`} role="status">
        <Sign name={isWhole ? 'ok' : 'clock'} />
        {counted}
      </p>
      {!isWhole && (
        <details>
          <summary>{words.proof_missing}</summary>
          <ul>
            {missing.map((item) => (
              <li key={item.id} class="owed">
                <b>{title(t, rows, item)}</b>
                <span class={`state ${toneOf(item.state)}`}>
                  <Sign name={signOf(item.state)} />
                  {item.state === 'done' ? words.photo_waits : wordOf(t, zone, item)}
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </Section>
  )
}
