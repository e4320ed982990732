/** T1, the day: the same HTML as `backend/tech/templates/day.html.j2`, held by `vectors/*.html.txt`. */
import type { VNode } from 'preact'
import { clock, dayAndMonth, shortDate } from '../i18n/format.ts'
import { type Key, named, type Translator } from '../i18n/translator.ts'
import {
  type Card,
  type DayTab,
  type DayView,
  JOB_TYPES,
  WARNING_TAGS,
  type Window,
} from './day.ts'
import { Frame, Sign } from './frame.tsx'
import { signOf, toneOf, wordOf } from './item-state.ts'
import { mapUrl } from './map.ts'
import type { Strip } from './strip.ts'
import { useUi } from './ui.ts'
import { Install } from './with-device.tsx'

export interface DayProps {
  view: DayView
  strip: Strip
  waiting: number
  /** "14:05" and whether that is long ago, null before the first data. */
  age: Age | null
  /** The link has ended: what is missing will not come by itself. */
  ended: boolean
  /** The office's number as people read it. */
  officePhone: string
}

export interface Age {
  words: string
  old: boolean
}

const FIELD_WORK = new Set(['todo', 'en_route', 'on_site', 'on_hold'])

export function DayScreen(props: DayProps): VNode {
  const { view, strip, waiting, age } = props
  const { t } = useUi()
  return (
    <Frame
      title={dayAndMonth(t, view.day)}
      strip={strip}
      waiting={waiting}
      tab="day"
      age={age ? t('day.data_at', { time: age.words }) : ''}
      old={age?.old ?? false}
    >
      <Days view={view} />
      {view.readOnly && <p class="soft">{t('day.read_only')}</p>}
      {view.current && (
        <section aria-label={t('day.current')}>
          <CardView card={view.current} current={true} />
        </section>
      )}
      {view.cards.length > 0 && (
        <ul>
          {view.cards.map((card) => (
            <li key={card.key}>
              <CardView card={card} current={false} />
            </li>
          ))}
        </ul>
      )}
      {!view.current && view.cards.length === 0 && <p class="card">{empty(t, props)}</p>}
      <Install />
    </Frame>
  )
}

function Days({ view }: { view: DayView }): VNode {
  const { t } = useUi()
  return (
    <nav class="days" aria-label={t('day.days')}>
      {view.tabs.map((tab) => (
        <a
          key={tab.date}
          href={`#/day/${tab.date}`}
          aria-current={tab.date === view.day ? 'date' : undefined}
        >
          {tabWord(t, tab)}
        </a>
      ))}
    </nav>
  )
}

function CardView({ card, current }: { card: Card; current: boolean }): VNode {
  return (
    <article class={cardClass(card, current)}>
      <a class="open" href={`#/${card.key}`}>
        <p class="when">
          <b>{hours(useUi().t, card.window)}</b>
          <Chip status={card.status} />
        </p>
        <h2>{card.client}</h2>
        <Kind card={card} />
        <p>{[card.street, card.town].filter(Boolean).join(', ')}</p>
      </a>
      <Mark card={card} />
      <Changed card={card} />
      {!card.removed && FIELD_WORK.has(card.status) && <Calls card={card} />}
    </article>
  )
}

export function Chip({ status }: { status: Card['status'] }): VNode {
  return (
    <span class={`chip ${status}`}>
      <Sign name={status} />
      {useUi().t(`status.${status}`)}
    </span>
  )
}

/** What kind of visit it is, and what to know before the door. */
export function Kind({ card }: { card: Card }): VNode {
  return (
    <p class="kind">
      <span>
        <Sign name={JOB_TYPES.has(card.type) ? card.type : 'visit'} /> {kind(useUi().t, card)}
      </span>
      <Tags tags={card.tags} />
    </p>
  )
}

function Tags({ tags }: { tags: readonly string[] }): VNode {
  const { t } = useUi()
  return (
    <>
      {tags.map((tag) =>
        WARNING_TAGS.includes(tag) ? (
          <b key={tag} class="tag">
            <Sign name={tag} />
            {named(t, 'tag', tag)}
          </b>
        ) : (
          <span key={tag} class="tag">
            {tag}
          </span>
        ),
      )}
    </>
  )
}

export function Calls({ card }: { card: Card }): VNode {
  const { t } = useUi()
  return (
    <p class="calls reach">
      {card.place && (
        <a href={mapUrl(card.place)}>
          <Sign name="go" />
          {t('call.go')}
        </a>
      )}
      {card.phone && (
        <a href={`tel:${card.phone}`}>
          <Sign name="phone" />
          {t('call.phone')}
        </a>
      )}
      {card.phone && (
        <a href={`sms:${card.phone}`}>
          <Sign name="text" />
          {t('call.text')}
        </a>
      )}
    </p>
  )
}

/** The hours of a visit in words. */
export function hours(t: Translator, { start, end }: Window): string {
  if (start && end) return `${clock(t, start)} – ${clock(t, end)}`
  if (start) return t('day.from', { time: clock(t, start) })
  return end ? t('day.until', { time: clock(t, end) }) : t('day.no_window')
}

// The type of a visit, and its place in a chain.
function kind(t: Translator, card: Card): string {
  const type = named(t, 'type', card.type)
  if (!card.step) return type
  const { step, steps } = card
  const chain =
    steps > step || step > 1 ? t('day.chain', { step, steps }) : t('day.chain_step', { step })
  return [type, chain].filter(Boolean).join(' · ')
}

// Only the phone has these two: its own work and the hours it has seen.
function Mark({ card }: { card: Card }): VNode | null {
  const { t, zone } = useUi()
  if (card.removed) return <p class="note">{t('day.removed')}</p>
  if (!card.mark) return null
  return (
    <p class={`note ${toneOf(card.mark)}`}>
      <Sign name={signOf(card.mark)} />
      {wordOf(t, zone, { state: card.mark })}
    </p>
  )
}

function Changed({ card }: { card: Card }): VNode | null {
  const { t, markSeen } = useUi()
  if (!card.changedFrom || card.removed) return null
  const between = { from: hours(t, card.changedFrom), to: hours(t, card.window) }
  return (
    <p class="note pending">
      <Sign name="clock" />
      <span>{t('day.changed', onlyStarts(t, card, between))}</span>
      <button type="button" class="btn" onClick={() => markSeen(card)}>
        {t('day.seen')}
      </button>
    </p>
  )
}

// "13 h 30 → 15 h" says it when both hours begin somewhere; else the whole windows do.
function onlyStarts(t: Translator, card: Card, between: { from: string; to: string }) {
  const from = card.changedFrom?.start
  const to = card.window.start
  return from && to && from !== to ? { from: clock(t, from), to: clock(t, to) } : between
}

function cardClass(card: Card, current: boolean): string {
  if (card.removed) return 'card gone'
  return current ? 'card now' : 'card'
}

function tabWord(t: Translator, tab: DayTab): string {
  if (tab.name === 'date') return shortDate(t, tab.date)
  return t(`day.${tab.name}` satisfies Key)
}

// No data is not the same as no visit.
function empty(t: Translator, { age, ended, officePhone: phone }: DayProps): string {
  if (!age) return t(ended ? 'app.no_day' : 'day.waiting_first')
  return phone ? t('day.empty', { phone }) : t('day.empty_no_phone')
}
