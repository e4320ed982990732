/** "Client absent": what was tried, with its times, how long the wait is, and a new appointment. */
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { moment } from '../i18n/format.ts'
import { fill } from '../i18n/translator.ts'
import { Sign } from '../tech/frame.tsx'
import { useUi } from '../tech/ui.ts'
import { Section, State } from '../tech/visit-sections.tsx'
import type { WorkProps } from '../tech/with-work.tsx'
import {
  AT_THE_DOOR,
  type Attempt,
  attemptsOf,
  elapsed,
  type How,
  waitingSince,
} from './absence.ts'
import { Shot } from './shot.tsx'
import { DOOR } from './slots.ts'
import { customerLang, textUrl } from './text-url.ts'
import { useWords } from './words.ts'

const SECOND_MS = 1_000

export function Absent(props: WorkProps): VNode {
  const { jobKey, view, snapshot, today } = props
  const words = useWords()
  const job = snapshot.rows.get(jobKey) ?? {}
  const attempts = attemptsOf(job, snapshot.items)
  const since = waitingSince(view, attempts)
  return (
    <>
      <Section title={words.reach} aside={since !== null && <Waiting since={since} />}>
        <p class="soft">{words.reach_more}</p>
        <Reach {...props} />
      </Section>
      {view.mayFail ? <End jobKey={jobKey} /> : <p class="card">{words.absent_not_now}</p>}
      <Tries attempts={attempts} today={today} />
    </>
  )
}

function Waiting({ since }: { since: number }): VNode {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), SECOND_MS)
    return () => clearInterval(timer)
  }, [])
  return (
    <span class="state pending" role="timer">
      <Sign name="clock" />
      {fill(useWords().waiting, { time: elapsed(since, now) })}
    </span>
  )
}

// Below what is tapped: as it grows, nothing moves away from under the thumb.
function Tries({ attempts, today }: { attempts: readonly Attempt[]; today: string }): VNode | null {
  const { t, zone } = useUi()
  const words = useWords()
  if (attempts.length === 0) return null
  return (
    <Section title={words.tried}>
      <ul>
        {attempts.map(({ id, how, at, state }) => (
          <li key={id} class="line">
            <b>{words[how]}</b>
            <span class="soft">{moment(t, zone, at, today)}</span>
            <State state={state} />
          </li>
        ))}
      </ul>
    </Section>
  )
}

function Reach({ jobKey, view, snapshot }: WorkProps): VNode {
  const { t, keep } = useUi()
  const words = useWords()
  const { phone } = view.card
  const tried = (how: How) => keep({ kind: 'attempt', key: jobKey, args: { how } })
  const door = async (photo: Blob) => {
    const args = { slot: DOOR }
    if (await keep({ kind: 'photo', key: jobKey, args, blobs: [photo] })) await tried('door')
  }
  const lang = customerLang(snapshot.rows, snapshot.rows.get(jobKey) ?? {})
  const sms = textUrl(phone, AT_THE_DOOR[lang])
  return (
    <div class="calls">
      {phone && (
        <a href={`tel:${phone}`} onClick={() => tried('call')}>
          <Sign name="phone" />
          {t('call.phone')}
        </a>
      )}
      {phone && (
        <a href={sms} onClick={() => tried('text')}>
          <Sign name="text" />
          {t('call.text')}
        </a>
      )}
      <Shot take={door}>{words.door_photo}</Shot>
    </div>
  )
}

function End({ jobKey }: { jobKey: string }): VNode {
  const { t, keep } = useUi()
  const words = useWords()
  const [rebook, setRebook] = useState(true)
  const end = async () => {
    const args = { to: 'not_completed', reason: 'customer_absent' }
    if (!(await keep({ kind: 'status', key: jobKey, args }))) return
    const asked = { kind: 'request', key: jobKey, args: { what: 'rebooking' } }
    if (!rebook || (await keep(asked))) location.hash = `#/${jobKey}`
  }
  return (
    <section class="card">
      <label class="step">
        <input type="checkbox" checked={rebook} onChange={() => setRebook(!rebook)} />
        <span>{words.rebook}</span>
      </label>
      <p class="calls">
        <button type="button" class="btn main" onClick={end}>
          <Sign name="not_completed" />
          {t('reason.customer_absent')}
        </button>
      </p>
    </section>
  )
}
