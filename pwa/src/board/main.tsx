/** The board's entry: follows the server and draws, in the language the reader last chose. */
import { render, type VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Lang } from '../i18n/translate.ts'
import { Board, WORDS } from './board.tsx'
import './board.css'
import { browserHost, follow, type Live, NOTHING_YET } from './live.ts'
import { visitAsked } from './opening.tsx'

const LANG_KEY = 'terrain-board-lang'
const VISIT = visitAsked(location.search)

function App(): VNode {
  const [live, setLive] = useState<Live>(NOTHING_YET)
  const [lang, setLang] = useState<Lang>(rememberedLang)
  useEffect(() => follow(browserHost, setLive), [])
  useEffect(() => {
    document.documentElement.lang = `${lang}-CA`
    document.title = `${WORDS[lang].title} – Terrain`
    remember(lang)
  }, [lang])
  return <Board live={live} visit={VISIT} lang={lang} setLang={setLang} />
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
