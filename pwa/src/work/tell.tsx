/** "Prévenir le client": a text on the way, with the hour when it is known. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { moment } from '../i18n/format.ts'
import { fill } from '../i18n/translator.ts'
import { Sign } from '../tech/frame.tsx'
import { useUi } from '../tech/ui.ts'
import { Section, State } from '../tech/visit-sections.tsx'
import type { WorkSection } from '../tech/with-work.tsx'
import { GUESSES, noticeOf, onTheWayText } from './on-the-way.ts'
import { customerLang, textUrl } from './text-url.ts'
import { useWords } from './words.ts'

export function Tell({ view, snapshot, today, locked }: WorkSection): VNode | null {
  const { t, zone, keep } = useUi()
  const words = useWords()
  const [minutes, setMinutes] = useState(0)
  const { key, phone, status } = view.card
  if (locked || status !== 'en_route' || !phone) return null
  const job = snapshot.rows.get(key) ?? {}
  const told = noticeOf(view, job, snapshot.items)
  const now = Date.now() + snapshot.clockOffset
  const body = onTheWayText(customerLang(snapshot.rows, job), snapshot.name, minutes, now, zone)
  return (
    <Section title={words.tell} aside={told && <State state={told.state} />}>
      {told && <p class="soft">{fill(words.told_at, { time: moment(t, zone, told.at, today) })}</p>}
      <fieldset class="usual">
        <legend>{words.arrives}</legend>
        {GUESSES.map((guess) => (
          <button
            key={guess}
            type="button"
            class="btn"
            aria-pressed={guess === minutes}
            onClick={() => setMinutes(guess === minutes ? 0 : guess)}
          >
            {fill(words.in_minutes, { n: guess })}
          </button>
        ))}
      </fieldset>
      <p class="calls">
        <a
          href={textUrl(phone, body)}
          onClick={() => void keep({ kind: 'notice', key, args: { via: 'phone', minutes } })}
        >
          <Sign name="text" />
          {told ? words.tell_again : words.tell_do}
        </a>
      </p>
    </Section>
  )
}
