/** "Demander l'activation": asked of the office, so that nobody waits on the telephone. */
import type { VNode } from 'preact'
import { moment } from '../i18n/format.ts'
import { fill } from '../i18n/translator.ts'
import type { Cells } from '../sync/types.ts'
import { Sign } from '../tech/frame.tsx'
import { useUi } from '../tech/ui.ts'
import { actionOf } from '../tech/visit.ts'
import { Section, State } from '../tech/visit-sections.tsx'
import type { WorkSection } from '../tech/with-work.tsx'
import { mayAsk, type Request, requestOf, type Standing } from './requests.ts'
import { useWords } from './words.ts'

const TONES: Readonly<Record<Standing, string>> = {
  asked: 'pending',
  granted: 'ok',
  refused: 'error',
}
const SIGNS: Readonly<Record<Standing, string>> = {
  asked: 'clock',
  granted: 'ok',
  refused: 'error',
}

export function Activation({ view, snapshot, today, locked }: WorkSection): VNode | null {
  const { keep } = useUi()
  const words = useWords()
  const { key, type } = view.card
  const job = snapshot.rows.get(key) ?? {}
  const last = requestOf(job, snapshot.items, 'activation')
  if (!last && (locked || actionOf(type) === 'remove')) return null
  const ask = () => keep({ kind: 'request', key, args: { what: 'activation' } })
  return (
    <Section title={words.activation} aside={last && <Stand standing={last.standing} />}>
      {last ? (
        <Told last={last} {...{ job, today }} />
      ) : (
        <p class="soft">{words.activation_none}</p>
      )}
      {!locked && mayAsk(last) && (
        <p class="calls">
          <button type="button" class="btn" onClick={ask}>
            <Sign name="go" />
            {last ? words.activation_again : words.activation_ask}
          </button>
        </p>
      )}
    </Section>
  )
}

/** Asked, granted or refused, as the office says it. */
function Stand({ standing }: { standing: Standing }): VNode {
  return (
    <span class={`state ${TONES[standing]}`}>
      <Sign name={SIGNS[standing]} />
      {useWords()[standing]}
    </span>
  )
}

function Told({ last, job, today }: { last: Request; job: Cells; today: string }): VNode {
  const { t, zone } = useUi()
  const words = useWords()
  const isWithOffice = last.standing === 'asked' && job.activation === 'asked'
  return (
    <div class="line">
      <span class="soft">{moment(t, zone, last.at, today)}</span>
      {last.standing === 'asked' && <State state={last.state} />}
      {isWithOffice && <span>{words.with_office}</span>}
      {last.answer && (
        <p class="words">{fill(words.said_by, { by: last.by, text: last.answer })}</p>
      )}
    </div>
  )
}
