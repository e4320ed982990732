/** Starts the technician's app over the server's page, or in the shell when there is no network. */
import { render } from 'preact'
import { type Key, type Lang, translator } from '../i18n/translate.ts'
import { lastPerson, openReplica } from '../sync/index.ts'
import './tech.css'
import './icons.css'
import './screens.css'
import { App } from './app.tsx'
import { loadLang, saveLang } from './lang.ts'
import { appleMapUrl } from './map.ts'
import { loadSite, type Page, readPage, saveSite } from './page.ts'
import { newerVersion } from './worker.ts'

declare const __APP_VERSION__: string

const APPLE_TOUCH = /iPhone|iPad|iPod/

async function start(root: HTMLElement): Promise<void> {
  const page = await whoseDay()
  if (!page) return tell(root, 'app.no_day')
  const lang = startLang()
  const remember = (next: Lang) => {
    document.documentElement.lang = `${next}-CA`
    saveLang(localStorage, next)
  }
  remember(lang)
  const { technician, name, device, officePhone, zone, seed } = page
  const replica = await openReplica({ technician, name, device, ...(seed && { seed }) })
  hideToken()
  openAppleMaps(root)
  // `render`, not `hydrate`: it keeps the server's nodes and corrects what the phone knows better.
  render(
    <App
      replica={replica}
      zone={zone}
      officePhone={officePhone}
      version={__APP_VERSION__}
      lang={lang}
      rememberLang={remember}
      newer={newerVersion()}
    />,
    root,
  )
}

// Said before anything is drawn over the page: no replica means that no tap could be kept.
function tell(root: HTMLElement, key: Key): void {
  const words = document.createElement('p')
  words.className = 'alarm'
  words.setAttribute('role', 'alert')
  words.textContent = translator(startLang())(key)
  root.prepend(words)
}

async function whoseDay(): Promise<Page | null> {
  const page = readPage(document.getElementById('day')?.textContent)
  if (page) {
    saveSite(localStorage, page)
    return page
  }
  const person = await lastPerson()
  return person && { ...person, ...loadSite(localStorage) }
}

function startLang(): Lang {
  return loadLang(location.search, localStorage, document.documentElement.lang)
}

// The link's token must not stay in the address, nor go into history, bookmarks or screenshots.
function hideToken(): void {
  history.replaceState(history.state, '', `/t/${location.hash}`)
}

function openAppleMaps(root: HTMLElement): void {
  if (!APPLE_TOUCH.test(navigator.userAgent)) return
  root.addEventListener('click', (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>('a[href^="geo:"]')
    if (!link) return
    event.preventDefault()
    location.href = appleMapUrl(link.href)
  })
}

const root = document.getElementById('app')
if (root) start(root).catch(() => tell(root, 'visit.not_saved'))
