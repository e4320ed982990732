/** What the help says of the phone itself: its storage, its news, its diagnostic. */
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { dayIn, size } from '../i18n/format.ts'
import { fill } from '../i18n/translator.ts'
import type { Snapshot } from '../sync/types.ts'
import { Sign } from '../tech/frame.tsx'
import { handOver } from '../tech/hand-over.ts'
import { useUi } from '../tech/ui.ts'
import { Section } from '../tech/visit-sections.tsx'
import { diagnosticOf, machineNow } from './diagnostic.ts'
import { Meanings } from './meanings.tsx'
import { type News, newsNow, startNews, stopNews } from './news.ts'
import { keepData, type Stored, stored } from './storage.ts'
import { useWords } from './words.ts'

export function Help(props: { snapshot: Snapshot; version: string }): VNode {
  return (
    <>
      <Meanings />
      <NewsSection />
      <StorageSection />
      <Diagnostic {...props} />
    </>
  )
}

function StorageSection(): VNode | null {
  const [found, setFound] = useState<Stored | null>(null)
  const look = () => void stored().then(setFound)
  useEffect(look, [])
  const keep = () => void keepData().then(look)
  return found && <StorageCard stored={found} keep={keep} />
}

export function StorageCard(props: { stored: Stored; keep(): void }): VNode {
  const { kept, used, most } = props.stored
  const { t } = useUi()
  const words = useWords()
  const room = used !== null && most !== null && { used: size(t, used), most: size(t, most) }
  return (
    <Section title={words.kept}>
      <p class={`state ${kept ? 'ok' : 'pending'}`} role="status">
        <Sign name={kept ? 'ok' : 'clock'} />
        {kept ? words.kept_yes : words.kept_no}
      </p>
      {room && <p class="soft">{`${words.used} : ${fill(words.used_of, room)}`}</p>}
      {!kept && (
        <p class="calls">
          <button type="button" class="btn" onClick={props.keep}>
            {words.keep}
          </button>
        </p>
      )}
    </Section>
  )
}

function NewsSection(): VNode | null {
  const { t } = useUi()
  const [news, setNews] = useState<News | null>(null)
  useEffect(() => void newsNow().then(setNews), [])
  const change = (to: Promise<News>) => void to.then(setNews)
  return (
    news && (
      <NewsCard
        news={news}
        start={() => change(startNews(t.lang))}
        stop={() => change(stopNews())}
      />
    )
  )
}

export function NewsCard(props: { news: News; start(): void; stop(): void }): VNode {
  const { news, start, stop } = props
  const words = useWords()
  return (
    <Section title={words.news}>
      <p role="status">{words[`news_${news}`]}</p>
      {(news === 'off' || news === 'failed') && (
        <p class="calls">
          <button type="button" class="btn" onClick={start}>
            {words.news_ask}
          </button>
        </p>
      )}
      {news === 'on' && (
        <p class="calls">
          <button type="button" class="btn" onClick={stop}>
            {words.news_stop}
          </button>
        </p>
      )}
    </Section>
  )
}

function Diagnostic({ snapshot, version }: { snapshot: Snapshot; version: string }): VNode {
  const { zone } = useUi()
  const words = useWords()
  const [text, setText] = useState('')
  const make = async () => diagnosticOf(snapshot, version, Date.now(), await machineNow())
  const send = async () => {
    const name = `terrain-diagnostic-${dayIn(zone, Date.now())}.txt`
    await handOver(new Blob([await make()], { type: 'text/plain' }), name)
  }
  return (
    <Section title={words.diagnostic}>
      <p>{words.diagnostic_why}</p>
      <p class="calls">
        <button type="button" class="btn" onClick={() => void send()}>
          {words.diagnostic_send}
        </button>
      </p>
      <details onToggle={() => void make().then(setText)}>
        <summary>{words.diagnostic_look}</summary>
        <pre>{text}</pre>
      </details>
    </Section>
  )
}
