/** The board's entry: follows the server and draws, in the language the reader last chose. */
import { render, type VNode } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Lang } from '../i18n/translate.ts'
import { Board, WORDS } from './board.tsx'
import './board.css'
import { type Desk, DeskContext, openDesk, type Page } from './desk/desk.ts'
import { type Me, MeContext } from './desk/me.ts'
import { browserHost, type Following, follow, type Live, NOTHING_YET } from './live.ts'
import { visitAsked } from './today/opening.tsx'

const LANG_KEY = 'terrain-board-lang'
const VISIT = visitAsked(location.search)

function App(): VNode {
  const [live, setLive] = useState<Live>(NOTHING_YET)
  const [lang, setLang] = useState<Lang>(rememberedLang)
  const [hash, setHash] = useState(location.hash)
  const latest = useRef(live)
  latest.current = live
  const following = useRef<Following | undefined>(undefined)
  const desk = useMemo(() => openDesk(pageOf(latest, following)), [])
  useEffect(() => {
    const begun = follow(browserHost, setLive)
    following.current = begun
    return begun.stop
  }, [])
  const me = useWho(desk, live.answeredAt)
  useEffect(() => {
    const moved = (): void => setHash(location.hash)
    addEventListener('hashchange', moved)
    return () => removeEventListener('hashchange', moved)
  }, [])
  useEffect(() => {
    document.documentElement.lang = `${lang}-CA`
    document.title = `${WORDS[lang].title} – Terrain`
    remember(lang)
  }, [lang])
  return (
    <DeskContext.Provider value={desk}>
      <MeContext.Provider value={live.status === 'out' ? null : me}>
        <Board live={live} visit={VISIT} lang={lang} setLang={setLang} hash={hash} />
      </MeContext.Provider>
    </DeskContext.Provider>
  )
}

/** Who looks, asked for at once, and again at an answer of the server's while that is not known. */
function useWho(desk: Desk, answeredAt: number): Me | null {
  const [me, setMe] = useState<Me | null>(null)
  const known = me !== null
  useEffect(() => {
    if (!known) desk.read<Me>('me').then(setMe, () => undefined)
  }, [desk, known, answeredAt])
  return me
}

interface Held<T> {
  current: T
}

/** Decisions carry the server's clock: a wrong one here would make them old, or of tomorrow. */
function pageOf(live: Held<Live>, following: Held<Following | undefined>): Page {
  return {
    fetch: browserHost.fetch,
    now: () => live.current.now || browserHost.now(),
    sequence: () => live.current.board?.sequence ?? 0,
    random: (bytes) => crypto.getRandomValues(bytes),
    refresh: () => following.current?.askNow(),
  }
}

// Private windows may refuse storage: the board then starts in French.
function rememberedLang(): Lang {
  try {
    return localStorage.getItem(LANG_KEY) === 'en' ? 'en' : 'fr'
  } catch {
    return 'fr'
  }
}

function remember(lang: Lang): void {
  try {
    localStorage.setItem(LANG_KEY, lang)
  } catch {
    return
  }
}

const root = document.getElementById('app')
if (root) {
  root.replaceChildren()
  render(<App />, root)
}
