/** The technician's app: the replica's snapshot and the address decide the screen, nothing else. */
import type { VNode } from 'preact'
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { clock, clockIn, dayIn, moment, shortDate } from '../i18n/format.ts'
import { speak } from '../i18n/spoken.ts'
import type { Lang, Translator } from '../i18n/translator.ts'
import type { Draft, Replica, Snapshot } from '../sync/types.ts'
import { type Ahead, useAhead } from './ahead.ts'
import { type Card, dayView, dialled, type Local } from './day.ts'
import { type Age, DayScreen } from './day-screen.tsx'
import { HelpScreen } from './help-screen.tsx'
import { marks } from './item-state.ts'
import { OutboxScreen } from './outbox-screen.tsx'
import { PickVisit } from './pick-visit.tsx'
import { parseRoute, type Route } from './route.ts'
import { ScanScreen } from './scan-screen.tsx'
import { loadSeen, type Seen, saveSeen, withNew } from './seen.ts'
import { stripOf, waitingCount } from './strip.ts'
import { type Ui, UiContext } from './ui.ts'
import { visitView } from './visit.ts'
import { VisitScreen } from './visit-screen.tsx'
import { VerifyScreen } from './with-verify.tsx'
import { WorkScreen } from './with-work.tsx'

export interface AppProps {
  replica: Replica
  zone: string
  officePhone: string
  version: string
  /** In the language with which the app starts. */
  t: Translator
  rememberLang(lang: Lang): void
  /** Resolves when a newer version waits; its call takes it. */
  newer: Promise<() => void>
}

const OLD_MS = 12 * 3_600_000
const MINUTE_MS = 60_000
/** A clock that is further off is told. */
const CLOCK_OFF_MS = 2 * MINUTE_MS
/** Leads to a place in a visit, which takes the focus itself. */
const STEP = '/step/'

export function App(props: AppProps): VNode {
  const { replica, zone, officePhone } = props
  const snapshot = useSnapshot(replica)
  const route = useRoute()
  const now = useNow() + snapshot.clockOffset
  const [t, setLang, unspoken] = useLanguage(props)
  const [seen, markSeen] = useSeen(snapshot)
  const [unkept, setUnkept] = useState(false)
  const ahead = useAhead(snapshot.reachable)
  const ui: Ui = useMemo(() => {
    const keep = (draft: Draft) => kept(replica, draft, setUnkept)
    const see = (card: Card): void => {
      markSeen(card)
      replica.see(card.key)
    }
    return { t, zone, office: dialled(officePhone), setLang, markSeen: see, keep }
  }, [replica, t, zone, officePhone, setLang, markSeen])
  const open = route.screen === 'visit' ? route.key : ''
  useEffect(() => {
    if (open && !document.hidden) replica.see(open)
  }, [open, snapshot.rows.get(open)?.seen, now])
  return (
    <UiContext.Provider value={ui}>
      {unkept && <Alarm text={t('visit.not_saved')} />}
      {unspoken && <Alarm text={t('app.language_away')} />}
      {Math.abs(snapshot.clockOffset) > CLOCK_OFF_MS && (
        <Alarm text={t('app.clock', { time: moment(t, zone, now, '') })} />
      )}
      <Newer t={ui.t} newer={props.newer} idle={waitingCount(snapshot) === 0} />
      <Screen {...props} {...{ ui, snapshot, route, seen, now, ahead }} />
    </UiContext.Provider>
  )
}

function Alarm({ text }: { text: string }): VNode {
  return (
    <p class="alarm" role="alert">
      {text}
    </p>
  )
}

// Never in the middle of work: only once everything has been sent.
function Newer(props: { t: Translator; newer: Promise<() => void>; idle: boolean }): VNode | null {
  const { t, newer, idle } = props
  const [take, setTake] = useState<{ now(): void } | null>(null)
  useEffect(() => {
    void newer.then((now) => setTake({ now }))
  }, [newer])
  if (!take || !idle) return null
  return (
    <p class="newer">
      {t('app.newer')}
      <button type="button" class="btn" onClick={take.now}>
        {t('app.update')}
      </button>
    </p>
  )
}

interface ScreenProps extends AppProps {
  ui: Ui
  snapshot: Snapshot
  route: Route
  seen: Seen
  now: number
  /** What can be done without network. */
  ahead: Ahead
}

function Screen(props: ScreenProps): VNode {
  const { ui, snapshot, route, seen, now, replica, officePhone, version, ahead } = props
  const { t, zone } = ui
  const today = dayIn(zone, now)
  const strip = stripOf(t, zone, snapshot)
  const local: Local = { removed: snapshot.removed, marks: marks(snapshot.items), seen }
  switch (route.screen) {
    case 'day': {
      const view = dayView(snapshot.rows, today, route.day, local)
      const waiting = waitingCount(snapshot)
      const age = ageOf(t, zone, snapshot.pulledAt, now)
      return <DayScreen {...{ view, strip, waiting, age, officePhone }} ended={strip.askLink} />
    }
    case 'visit': {
      const view = visitView(snapshot.rows, route.key, snapshot.items, local)
      const shown = { view, strip, snapshot, today, focus: route.step }
      return <VisitScreen key={route.key} {...shown} />
    }
    case 'scan':
    case 'type': {
      const scan = route.screen === 'type' ? route.scan : undefined
      const shown = { jobKey: route.key, strip, snapshot, local, scan, swap: route.swap }
      return <ScanScreen key={location.hash} {...shown} typing={route.screen === 'type'} />
    }
    case 'verify':
      return <VerifyScreen jobKey={route.key} {...{ strip, snapshot, now, today }} />
    case 'work':
      return (
        <WorkScreen
          key={location.hash}
          jobKey={route.key}
          part={route.part}
          {...{ local, strip, snapshot, today }}
        />
      )
    case 'pick':
      return (
        <PickVisit
          view={dayView(snapshot.rows, today, today, local)}
          strip={strip}
          snapshot={snapshot}
        />
      )
    case 'outbox':
      return <OutboxScreen strip={strip} snapshot={snapshot} today={today} calls={replica} />
    case 'help':
      return <HelpScreen {...{ strip, snapshot, officePhone, version, ahead }} />
  }
}

function ageOf(t: Translator, zone: string, at: number | null, now: number): Age | null {
  if (at === null) return null
  const time = clock(t, clockIn(zone, at))
  const day = dayIn(zone, at)
  const words = day === dayIn(zone, now) ? time : `${shortDate(t, day)}, ${time}`
  return { words, old: now - at > OLD_MS }
}

async function kept(
  replica: Replica,
  draft: Draft,
  unkept: (failed: boolean) => void,
): Promise<boolean> {
  try {
    await replica.capture(draft)
    unkept(false)
    return true
  } catch {
    // Whatever refused it (a full disk, a closed database), the gesture is not on this phone.
    unkept(true)
    return false
  }
}

/** The words, the call that asks for another language, and whether its words could not be had. */
function useLanguage(props: AppProps): [Translator, (lang: Lang) => void, boolean] {
  const { rememberLang } = props
  const [t, setT] = useState<Translator>(() => props.t)
  const [away, setAway] = useState(false)
  const choose = useCallback(
    (lang: Lang) => {
      const change = (next: Translator) => {
        rememberLang(lang)
        setT(() => next)
        setAway(false)
      }
      speak(lang).then(change, () => setAway(true))
    },
    [rememberLang],
  )
  return [t, choose, away]
}

function useSnapshot(replica: Replica): Snapshot {
  const [snapshot, setSnapshot] = useState(replica.snapshot())
  useEffect(() => {
    const read = () => setSnapshot(replica.snapshot())
    read()
    return replica.subscribe(read)
  }, [replica])
  return snapshot
}

function useRoute(): Route {
  const [route, setRoute] = useState(parseRoute(location.hash))
  const first = useRef(route)
  // Keyboard and screen reader go on at the new screen's title, not at the page's beginning.
  useEffect(() => {
    const title = document.querySelector('h1')
    if (!title || route === first.current || location.hash.includes(STEP)) return
    title.tabIndex = -1
    title.focus()
  }, [route])
  useEffect(() => {
    const follow = () => {
      setRoute(parseRoute(location.hash))
      if (!location.hash.includes(STEP)) scrollTo(0, 0)
    }
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return route
}

// Midnight and the age of the data come by themselves; nothing else needs the minute.
function useNow(): number {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), MINUTE_MS)
    return () => clearInterval(timer)
  }, [])
  return now
}

function useSeen({ rows }: Snapshot): [Seen, (card: Card) => void] {
  const [known, setKnown] = useState(() => loadSeen(localStorage))
  const seen = useMemo(() => withNew(known, rows), [known, rows])
  useEffect(() => saveSeen(localStorage, seen), [seen])
  const mark = useMemo(
    () => (card: Card) => setKnown((before) => ({ ...before, [card.key]: card.window })),
    [],
  )
  return [seen, mark]
}
