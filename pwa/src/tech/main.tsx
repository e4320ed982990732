/** Starts the technician's app over the server's page, or in the shell when there is no network. */
import { render } from 'preact'
import { speak } from '../i18n/spoken.ts'
import type { Key, Lang } from '../i18n/translator.ts'
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

// Asked for at once, beside the data: the page preloads those of its own language.
const words = speak(loadLang(location.search, localStorage, document.documentElement.lang))

async function start(root: HTMLElement): Promise<void> {
  const page = await whoseDay()
  if (!page) return tell(root, 'app.no_day')
  const remember = (next: Lang) => {
    document.documentElement.lang = `${next}-CA`
    saveLang(localStorage, next)
  }
  const { technician, name, device, officePhone, zone, seed } = page
  const replica = await openReplica({ technician, name, device, ...(seed && { seed }) })
  const t = await words
  remember(t.lang)
  hideToken()
  document.querySelector('.plain')?.remove() // for browsers that do not get here
  openAppleMaps(root)
  // `render`, not `hydrate`: it keeps the server's nodes and corrects what the phone knows better.
  render(
    <App
      replica={replica}
      zone={zone}
      officePhone={officePhone}
      version={__APP_VERSION__}
      t={t}
      rememberLang={remember}
      newer={newerVersion()}
    />,
    root,
  )
}

// Said before anything is drawn over the page: no replica means that no tap could be kept.
async function tell(root: HTMLElement, key: Key): Promise<void> {
  const said = document.createElement('p')
  said.className = 'alarm'
  said.setAttribute('role', 'alert')
  said.textContent = (await words)(key)
  root.prepend(said)
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
if (root)
  start(root)
    .catch(() => tell(root, 'visit.not_saved'))
    .catch(Boolean)
