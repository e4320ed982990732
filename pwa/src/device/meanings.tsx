/** What the word of each state of a gesture means. */
import type { VNode } from 'preact'
import type { Key } from '../i18n/translator.ts'
import type { ItemState } from '../sync/types.ts'
import { Sign } from '../tech/frame.tsx'
import { signOf, toneOf } from '../tech/item-state.ts'
import { useUi } from '../tech/ui.ts'
import { Section } from '../tech/visit-sections.tsx'
import { type DeviceWords, useWords } from './words.ts'

const WORDS: readonly (readonly [ItemState, Key, keyof DeviceWords])[] = [
  ['local', 'state.local', 'meaning_local'],
  ['retry', 'state.retry_soon', 'meaning_retry'],
  ['received', 'state.received', 'meaning_received'],
  ['office_late', 'state.office_late', 'meaning_office_late'],
  ['done', 'state.done', 'meaning_done'],
  ['conflict', 'state.conflict', 'meaning_conflict'],
  ['rejected', 'outbox.refused', 'meaning_rejected'],
]

export function Meanings(): VNode {
  const { t } = useUi()
  const words = useWords()
  return (
    <Section title={words.meanings}>
      <dl>
        {WORDS.map(([state, word, meaning]) => (
          <div key={state}>
            <dt class={`state ${toneOf(state)}`}>
              <Sign name={signOf(state)} />
              {t(word)}
            </dt>
            <dd>{words[meaning]}</dd>
          </div>
        ))}
      </dl>
    </Section>
  )
}
