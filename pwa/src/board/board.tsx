/** The whole board: header, tiles, filter and the four tables. */
import type { VNode } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { clock, clockIn, longDate } from '../i18n/format.ts'
import { type Lang, translator } from '../i18n/translate.ts'
import { Conflicts, Refused } from './decisions.tsx'
import { needsAttention } from './format.ts'
import { Health } from './health.tsx'
import type { Live } from './live.ts'
import { Opening } from './opening.tsx'
import { SiteCheckLine } from './site-check.tsx'
import type { BoardState } from './state.ts'
import { TileRow } from './tiles.tsx'
import { NowContext, UiContext, useUi } from './ui.tsx'
import { Visits } from './visits.tsx'
import { type BoardWords, fr } from './words.ts'
import { en } from './words-en.ts'

export const WORDS: Readonly<Record<Lang, BoardWords>> = { fr, en }

interface Props {
  live: Live
  /** The id of the visit to open at, '' for none. */
  visit: string
  lang: Lang
  setLang(lang: Lang): void
}

export function Board({ live, visit, lang, setLang }: Props): VNode {
  const [wanted, setWanted] = useState<Wanted>({ name: '', attention: false })
  const { board, now } = live
  const w = WORDS[lang]
  const { zone, today } = board ?? { zone: 'America/Toronto', today: '' }
  const ui = useMemo(() => ({ w, t: translator(lang), zone, today }), [w, lang, zone, today])
  return (
    <UiContext.Provider value={ui}>
      <a class="skip" href="#visits">
        {w.skip}
      </a>
      <header>
        <Title live={live} />
        <button
          type="button"
          lang={w.languageCode}
          onClick={() => setLang(lang === 'fr' ? 'en' : 'fr')}
        >
          {w.language}
        </button>
      </header>
      {board ? (
        <NowContext.Provider value={now}>
          <main class={live.status === 'live' ? '' : 'old'}>
            {visit ? <Opening visit={visit} visits={board.visits} /> : null}
            <TileRow tiles={board.tiles} />
            <SiteCheckLine check={board.check} />
            <Filter wanted={wanted} setWanted={setWanted} />
            <Tables board={filtered(board, wanted, now)} isFiltered={isFiltered(wanted)} />
          </main>
        </NowContext.Provider>
      ) : null}
    </UiContext.Provider>
  )
}

export interface Wanted {
  name: string
  /** Only technicians whose phone or work somebody should look at. */
  attention: boolean
}

/** The lines of the technicians looked for; decisions are never hidden by a filter. */
export function filtered(board: BoardState, wanted: Wanted, now: number): BoardState {
  if (!isFiltered(wanted)) return board
  const look = plain(wanted.name)
  const flagged = new Set([
    ...board.devices.filter((line) => needsAttention(line, now)).map(({ name }) => name),
    ...board.conflicts.map(({ author }) => author),
    ...board.refused.map(({ technician }) => technician),
  ])
  const fits = ({ name }: { name: string }): boolean =>
    plain(name).includes(look) && (!wanted.attention || flagged.has(name))
  return { ...board, devices: board.devices.filter(fits), visits: board.visits.filter(fits) }
}

function isFiltered({ name, attention }: Wanted): boolean {
  return attention || name.trim() !== ''
}

// "côté" is found by "cote".
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').trim().toLowerCase()
}

function Title({ live }: { live: Live }): VNode {
  const { w, t, today } = useUi()
  return (
    <div>
      <h1>{w.title}</h1>
      {today ? <p class="day">{longDate(t, today)}</p> : null}
      <Freshness live={live} />
    </div>
  )
}

function Freshness({ live: { status, board, answeredAt } }: { live: Live }): VNode {
  const { w, t, zone } = useUi()
  const time = clock(t, clockIn(zone, answeredAt))
  const troubles = {
    loading: w.loading,
    live: '',
    stale: board ? w.stale(time) : w.unreachable,
    out: w.shutOut,
  }
  // Only trouble is announced: a clock that speaks every 15 seconds would be unbearable.
  return (
    <>
      <p role="status" class={status === 'loading' ? 'soft' : 'trouble'}>
        {troubles[status]}
      </p>
      {status === 'live' ? <p class="soft">{w.live(time)}</p> : null}
    </>
  )
}

function Filter({ wanted, setWanted }: { wanted: Wanted; setWanted(to: Wanted): void }): VNode {
  const { w } = useUi()
  return (
    <search class="filter">
      <label>
        <span>{w.filter}</span>
        <input
          type="search"
          value={wanted.name}
          onInput={(event) => setWanted({ ...wanted, name: event.currentTarget.value })}
        />
      </label>
      <label class="tick">
        <input
          type="checkbox"
          checked={wanted.attention}
          onChange={(event) => setWanted({ ...wanted, attention: event.currentTarget.checked })}
        />
        <span>{w.attention}</span>
      </label>
    </search>
  )
}

function Tables({
  board,
  isFiltered: narrowed,
}: {
  board: BoardState
  isFiltered: boolean
}): VNode {
  return (
    <>
      <Conflicts lines={board.conflicts} total={board.tiles.conflicts} />
      <Refused lines={board.refused} total={board.tiles.refused} />
      <Health lines={board.devices} filtered={narrowed} />
      <Visits visits={board.visits} filtered={narrowed} />
    </>
  )
}
