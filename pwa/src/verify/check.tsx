/** T5, the check of a line: its verdict in large, what it is made of, and what to do about it. */
import type { VNode } from 'preact'
import { fill } from '../i18n/translator.ts'
import { Sign } from '../tech/frame.tsx'
import { isRefused, wordOf as itemWord } from '../tech/item-state.ts'
import { waitingCount } from '../tech/strip.ts'
import { useUi } from '../tech/ui.ts'
import type { VerifyProps } from '../tech/with-verify.tsx'
import { Accept } from './accept.tsx'
import { Lines, Sources, WayUp } from './lines.tsx'
import { Meter } from './meter.tsx'
import { isOpen, placeOf, trialsIn } from './place.ts'
import { amount, signOf, storyOf, toneOf, whenOf, wordOf } from './said.ts'
import { current, type Found, hasNoModem, isOver, isUp, type Trial, whoAnswers } from './view.ts'
import { type VerifyWords, wordsOf } from './words.ts'

export function Check(props: VerifyProps): VNode {
  const { jobKey, snapshot, now, today } = props
  const { t } = useUi()
  const words = wordsOf(t.lang)
  const trials = trialsIn(snapshot, jobKey)
  const [newest, before] = current(trials)
  const story = storyOf(trials, t.lang)
  const mayAct = isOpen(props)
  if (!trials.length && !snapshot.rows.has(jobKey)) return <p class="card">{t('visit.unknown')}</p>
  return (
    <>
      <Refusal {...props} />
      {newest ? (
        <Newest trial={newest} today={today} jobKey={jobKey} />
      ) : (
        <p class="card">{words.never}</p>
      )}
      <OverTheirWifi trials={trials} newest={newest} snapshot={snapshot} />
      {story && <Story text={story} />}
      {newest && !hasNoModem(newest) && (
        <Lines title={titleOf(newest, words)} trial={newest} now={now} />
      )}
      {before && <Lines title={words.last} trial={before} now={now} headed />}
      {newest && mayAct && <Accept key={newest.id} trial={newest} jobKey={jobKey} />}
      {mayAct && <Meter jobKey={jobKey} place={placeOf(snapshot, jobKey)} />}
      {newest && !hasNoModem(newest) && <Sources trial={newest} />}
    </>
  )
}

interface NewestProps {
  trial: Trial
  today: string
  jobKey: string
}

// What a wish has before anybody made the check is the technician's own reading.
function titleOf({ shown }: Trial, words: VerifyWords): string {
  return shown === 'waiting' || shown === 'asked' ? words.meter : words.lines
}

function Newest({ trial, today, jobKey }: NewestProps): VNode {
  const { t, zone } = useUi()
  const words = wordsOf(t.lang)
  const { shown, soFar, ahead, accepted } = trial
  return (
    <section class="card">
      <p class={`verdict big ${toneOf(shown)}`} role="status">
        <Sign name={signOf(shown)} />
        {wordOf(shown, t.lang)}
      </p>
      <p class="soft">{whenOf(trial, t, zone, today)}</p>
      {shown === 'waiting' && <p>{words.waiting_more}</p>}
      {shown === 'asked' && <p>{words.asked_more}</p>}
      {ahead > 0 && <p>{fill(ahead === 1 ? words.one_ahead : words.ahead, { n: ahead })}</p>}
      {shown === 'running' && soFar && <p>{fill(words.so_far, { what: wordOf(soFar, t.lang) })}</p>}
      {shown === 'running' && <WayUp trial={trial} />}
      {trial.meter && <Metered light={trial.meter} />}
      {accepted && <p class="ok">{fill(words.accepted, accepted)}</p>}
      <Voices trial={trial} jobKey={jobKey} />
    </section>
  )
}

// What he measured himself does not go from the screen because others tell the light, too.
function Metered({ light }: { light: Found }): VNode {
  const { lang } = useUi().t
  const { meter } = wordsOf(lang)
  return <p>{`${meter}${lang === 'fr' ? '\u00a0' : ''}: ${amount(light, lang)}`}</p>
}

function NoModem({ jobKey }: { jobKey: string }): VNode {
  const { t } = useUi()
  return (
    <>
      <p>{wordsOf(t.lang).no_modem}</p>
      <p class="calls">
        <a class="btn" href={`#/${jobKey}/scan`}>
          <Sign name="scan" />
          {t('visit.scan_label')}
        </a>
      </p>
    </>
  )
}

function Voices({ trial, jobKey }: { trial: Trial; jobKey: string }): VNode | null {
  const words = wordsOf(useUi().t.lang)
  const [modem, network] = whoAnswers(trial)
  if (hasNoModem(trial)) return <NoModem jobKey={jobKey} />
  if (!modem) return null
  const said = network ? `${words[modem]}; ${words[network]}` : words[modem]
  return <p>{`${said}.`}</p>
}

// The installation itself is a way to the server: the phone only has to take it.
function OverTheirWifi(props: {
  trials: readonly Trial[]
  newest: Trial | undefined
  snapshot: VerifyProps['snapshot']
}): VNode | null {
  const { trials, newest, snapshot } = props
  const words = wordsOf(useUi().t.lang)
  const count = waitingCount(snapshot)
  const isKnownUp = isUp(trials.findLast(isOver))
  if (!count || !newest || !(isKnownUp || newest.shown === 'waiting')) return null
  const n = fill(count === 1 ? words.item : words.items, { n: count })
  return (
    <p class="card">
      <Sign name="outbox" /> {fill(isKnownUp ? words.wifi_up : words.wifi_maybe, { n })}
    </p>
  )
}

// The last wish was not taken: without a word the screen would go on with the one before.
function Refusal({ jobKey, snapshot }: VerifyProps): VNode | null {
  const { t, zone } = useUi()
  const last = snapshot.items.findLast(
    ({ key, kind }) => key === jobKey && (kind === 'verify' || kind === 'accept'),
  )
  if (!last || !isRefused(last.state)) return null
  return (
    <p class="card error">
      <Sign name="error" /> {itemWord(t, zone, last)}
    </p>
  )
}

function Story({ text }: { text: string }): VNode {
  return (
    <section class="card">
      <h2>{wordsOf(useUi().t.lang).story}</h2>
      <p>{text}</p>
    </section>
  )
}
