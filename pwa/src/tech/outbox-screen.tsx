/** T7, the outbox: the true state of every gesture, and what can be done about it. */
import type { ComponentChildren, VNode } from 'preact'
import { useState } from 'preact/hooks'
import { clock, clockIn, moment, size } from '../i18n/format.ts'
import type { Translator } from '../i18n/translator.ts'
import { KEPT_BYTES } from '../sync/keeping.ts'
import type { Item, Replica, Rows, Snapshot } from '../sync/types.ts'
import { Frame, Sign } from './frame.tsx'
import { handOver } from './hand-over.ts'
import { hasPhotoTrouble, hasUnsent, reasonWord, signOf, toneOf, wordOf } from './item-state.ts'
import { decisions, groups, mayAbandon, mayRetry, title } from './outbox.ts'
import { hasEnded, type Strip, waitingCount } from './strip.ts'
import { useUi } from './ui.ts'
import { Conflict, More } from './with-device.tsx'
import { Proof } from './with-work.tsx'

export type OutboxCalls = Pick<Replica, 'capture' | 'retry' | 'abandon' | 'syncNow' | 'exportItems'>

export interface OutboxProps {
  strip: Strip
  snapshot: Snapshot
  today: string
  calls: OutboxCalls
}

export function OutboxScreen({ strip, snapshot, today, calls }: OutboxProps): VNode {
  const { t } = useUi()
  const sorted = groups(snapshot)
  const rows: Rows = new Map([...snapshot.removed, ...snapshot.rows])
  const line = (item: Item) => (
    <ItemLine key={item.id} item={item} rows={rows} today={today} calls={calls} />
  )
  const open = decisions(snapshot)
  return (
    <Frame title={t('outbox.title')} strip={strip} waiting={waitingCount(snapshot)} tab="outbox">
      <TopActions calls={calls} today={today} snapshot={snapshot} />
      <Proof snapshot={snapshot} today={today} />
      {snapshot.items.length + open === 0 && <p class="card">{t('outbox.empty')}</p>}
      <Group name={t('outbox.conflicts')} count={open}>
        {sorted.conflicts.map((conflict) => (
          <Conflict key={conflict.id} conflict={conflict} rows={rows} today={today} calls={calls} />
        ))}
        {sorted.undecided.map(line)}
      </Group>
      <Group name={t('outbox.refused')} count={sorted.refused.length}>
        {sorted.refused.map(line)}
      </Group>
      <Group name={t('outbox.local')} count={sorted.local.length}>
        {sorted.local.map(line)}
      </Group>
      <Group name={t('outbox.received')} count={sorted.received.length}>
        {sorted.received.map(line)}
      </Group>
      <More snapshot={snapshot} exportItems={calls.exportItems} />
      {snapshot.letGo && (
        <p class="soft">
          {t('outbox.let_go', { most: size(t, KEPT_BYTES), now: size(t, snapshot.keptBytes) })}
        </p>
      )}
    </Frame>
  )
}

function TopActions({
  calls,
  today,
  snapshot: { items, drain, link },
}: Pick<OutboxProps, 'calls' | 'today' | 'snapshot'>): VNode {
  const { t, zone } = useUi()
  const [told, setTold] = useState('')
  const save = async () => {
    const name = `terrain-envois-${today}.txt`
    const file = await calls.exportItems().catch(() => null)
    if (file) await handOver(file, name)
    setTold(file ? t('outbox.export_ready', { name }) : t('outbox.export_failed'))
  }
  return (
    <section class="card">
      {hasUnsent(items) && <p>{t(hasEnded(link) ? 'outbox.ended' : 'outbox.keep_open')}</p>}
      {drain.state === 'waiting' && (
        <p class="pending">
          {t('outbox.next_try', { time: clock(t, clockIn(zone, drain.until)) })}
        </p>
      )}
      <p class="calls stack">
        <button
          type="button"
          class="btn main"
          onClick={() => calls.syncNow().catch(() => undefined)}
        >
          <Sign name="outbox" />
          {t('action.send_now')}
        </button>
        <button type="button" class="btn" onClick={save}>
          {t('action.export')}
        </button>
      </p>
      <p role="status">{told}</p>
    </section>
  )
}

function Group(props: { name: string; count: number; children: ComponentChildren }): VNode | null {
  if (props.count === 0) return null
  return (
    <section class="card">
      <h2>{`${props.name} (${props.count})`}</h2>
      <ul>{props.children}</ul>
    </section>
  )
}

interface LineProps {
  item: Item
  rows: Rows
  today: string
  calls: OutboxCalls
}

function ItemLine({ item, rows, today, calls }: LineProps): VNode {
  const { t, zone } = useUi()
  const [fault, setFault] = useState('')
  const run = (work: Promise<void>) => work.catch((error: Error) => setFault(faultWord(t, error)))
  return (
    <li class="line">
      <b>{title(t, rows, item)}</b>
      <span class={`state ${toneOf(item.state)}`}>
        <Sign name={signOf(item.state)} />
        {wordOf(t, zone, item)}
      </span>
      <Details item={item} today={today} />
      {hasPhotoTrouble(item) && <span class="error">{reasonWord(t, item.reason ?? '')}</span>}
      {fault && (
        <span class="error" role="status">
          {fault}
        </span>
      )}
      {mayRetry(item) && (
        <p class="calls">
          <button type="button" class="btn" onClick={() => run(calls.retry(item.id))}>
            {t('action.retry')}
          </button>
        </p>
      )}
      {mayAbandon(item) && <Abandon abandon={(reason) => run(calls.abandon(item.id, reason))} />}
    </li>
  )
}

// What had left cannot be withdrawn; anything else is the phone that keeps nothing more.
function faultWord(t: Translator, { message }: Error): string {
  const gone = message === 'already-sent' || message.startsWith('not-abandonable')
  return t(gone ? 'outbox.already_sent' : 'visit.not_saved')
}

function Details({ item, today }: { item: Item; today: string }): VNode {
  const { t, zone } = useUi()
  const facts = [
    t('outbox.done_at', { time: moment(t, zone, item.madeAt, today) }),
    item.bytes > 0 ? size(t, item.bytes) : '',
    item.blobsWaiting > 0 ? t('outbox.photos_waiting', { n: item.blobsWaiting }) : '',
    item.attempts > 0 ? t('outbox.attempts', { n: item.attempts }) : '',
  ]
  return <span class="soft">{facts.filter(Boolean).join(' · ')}</span>
}

// A page of its own inside the row: no dialogue stands in the way, and a reason is asked.
function Abandon({ abandon }: { abandon(reason: string): Promise<void> }): VNode {
  const { t } = useUi()
  const [reason, setReason] = useState('')
  const go = (event: Event) => {
    event.preventDefault()
    if (reason.trim()) void abandon(reason.trim())
  }
  return (
    <details>
      <summary>{t('action.abandon')}</summary>
      <form onSubmit={go}>
        <label class="field">
          {t('action.abandon_why')}
          <input value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        <button type="submit" class="btn" disabled={!reason.trim()}>
          {t('action.abandon_confirm')}
        </button>
      </form>
    </details>
  )
}
