/** The whole board: header, rooms, and the room of the day with its tiles, filter and tables. */
import type { VNode } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { clock, clockIn, longDate } from '../i18n/format.ts'
import { type Lang, translator } from '../i18n/translate.ts'
import { useMe } from './desk/me.ts'
import { needsAttention, plain } from './format.ts'
import type { Live } from './live.ts'
import { NewVisit } from './making/new-visit.tsx'
import { ChecksRoom } from './rooms/checks.tsx'
import { JournalRoom } from './rooms/journal.tsx'
import { LinksRoom } from './rooms/links.tsx'
import { LookUp } from './rooms/look.tsx'
import { OutboxRoom } from './rooms/outbox.tsx'
import type { BoardState } from './state.ts'
import { Banners } from './today/banners.tsx'
import { Conflicts, Decided } from './today/decisions.tsx'
import { Health } from './today/health.tsx'
import { Opening } from './today/opening.tsx'
import { Refused } from './today/refused.tsx'
import { SiteCheckLine } from './today/site-check.tsx'
import { TileRow } from './today/tiles.tsx'
import { Visits } from './today/visits.tsx'
import { Held, Requests } from './today/waiting.tsx'
import { BoardContext, NowContext, UiContext, useNow, useUi } from './ui.tsx'
import { en } from './words/en.ts'
import { type BoardWords, fr } from './words/fr.ts'

export const WORDS: Readonly<Record<Lang, BoardWords>> = { fr, en }

interface Props {
  live: Live
  /** The id of the visit to open at, '' for none. */
  visit: string
  lang: Lang
  setLang(lang: Lang): void
  /** The room asked for in the address (`#/journal?serial=…`). */
  hash?: string
}

export function Board({ live, visit, lang, setLang, hash = '' }: Props): VNode {
  const { board, now } = live
  const w = WORDS[lang]
  const { zone, today } = board ?? { zone: 'America/Toronto', today: '' }
  const ui = useMemo(() => ({ w, t: translator(lang), zone, today }), [w, lang, zone, today])
  const { room, query } = roomOf(hash)
  return (
    <UiContext.Provider value={ui}>
      <a class="skip" href="#visits">
        {w.skip}
      </a>
      <header>
        <Title live={live} />
        <div class="who">
          <Who />
          <button
            type="button"
            lang={w.languageCode}
            onClick={() => setLang(lang === 'fr' ? 'en' : 'fr')}
          >
            {w.language}
          </button>
        </div>
      </header>
      {board ? (
        <NowContext.Provider value={now}>
          <BoardContext.Provider value={board}>
            <Rooms room={room} />
            <main class={live.status === 'live' ? '' : 'old'}>
              <Banners board={board} />
              <RoomView room={room} query={query} board={board} visit={visit} />
            </main>
          </BoardContext.Provider>
        </NowContext.Provider>
      ) : null}
    </UiContext.Provider>
  )
}

/** Who is logged in, as what, and the way out where the way in was ours. */
function Who(): VNode | null {
  const { w } = useUi()
  const me = useMe()
  if (me === null) return null
  return (
    <>
      <p>
        <b>{me.email}</b>
        <small>{w.me.roles[me.role]}</small>
      </p>
      {me.hasSession ? (
        <form method="post" action="/board/logout">
          <button type="submit">{w.me.leave}</button>
        </form>
      ) : null}
    </>
  )
}

const ROOMS = ['today', 'outbox', 'checks', 'journal', 'links'] as const
export type Room = (typeof ROOMS)[number]

/** The room that an address names; a place in the page (`#visits`) is of today's. */
export function roomOf(hash: string): { room: Room; query: string } {
  const [name = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  const room = hash.startsWith('#/') ? ROOMS.find((each) => each === name) : undefined
  return { room: room ?? 'today', query }
}

function Rooms({ room }: { room: Room }): VNode {
  const { w } = useUi()
  return (
    <nav aria-label={w.desk.rooms.label}>
      {ROOMS.map((name) => (
        <a
          key={name}
          href={name === 'today' ? '#/' : `#/${name}`}
          aria-current={name === room ? 'page' : undefined}
        >
          {w.desk.rooms[name]}
        </a>
      ))}
    </nav>
  )
}

interface RoomProps {
  room: Room
  query: string
  board: BoardState
  visit: string
}

function RoomView({ room, query, board, visit }: RoomProps): VNode {
  if (room === 'outbox') return <OutboxRoom />
  if (room === 'checks') return <ChecksRoom />
  if (room === 'journal') return <JournalRoom key={query} query={query} />
  if (room === 'links') return <LinksRoom />
  return <Today board={board} visit={visit} />
}

function Today({ board, visit }: { board: BoardState; visit: string }): VNode {
  const now = useNow()
  const [wanted, setWanted] = useState<Wanted>({ name: '', attention: false })
  return (
    <>
      {visit ? <Opening visit={visit} visits={board.visits} /> : null}
      <NewVisit />
      <TileRow tiles={board.tiles} sources={board.sources} />
      <SiteCheckLine check={board.check} />
      <LookUp />
      <Filter wanted={wanted} setWanted={setWanted} />
      <Tables
        board={filtered(board, wanted, now)}
        isFiltered={isFiltered(wanted)}
        atOnce={visit !== ''}
      />
    </>
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

interface TablesProps {
  board: BoardState
  isFiltered: boolean
  /** A visit further down is looked for: draw all of them now. */
  atOnce: boolean
}

function Tables({ board, isFiltered: narrowed, atOnce }: TablesProps): VNode {
  return (
    <>
      <Conflicts lines={board.conflicts} total={board.tiles.conflicts} />
      <Decided lines={board.decided} />
      <Requests lines={board.requests} />
      <Refused lines={board.refused} total={board.tiles.refused} />
      <Held lines={board.held} />
      <Health lines={board.devices} proofs={board.proofs} filtered={narrowed} />
      <Visits visits={board.visits} filtered={narrowed} atOnce={atOnce} />
    </>
  )
}
