/** What stands around every screen: title, language, the strip that tells where work is, the bar. */
import type { ComponentChildren, VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Lang, Translator } from '../i18n/translator.ts'
import type { Strip } from './strip.ts'
import { useUi } from './ui.ts'

export type Tab = 'day' | 'scan' | 'outbox' | 'help'

export interface FrameProps {
  title: string
  strip: Strip
  waiting: number
  tab: Tab
  /** How old the data are, in words. */
  age?: string
  old?: boolean
  /** Where the way back leads. */
  back?: string
  /** What stays above the bar, under the thumb. */
  foot?: ComponentChildren
  children: ComponentChildren
}

const TABS: readonly (readonly [Tab, string])[] = [
  ['day', '#/'],
  ['scan', '#/scan'],
  ['outbox', '#/outbox'],
  ['help', '#/help'],
]
const LANGS: readonly (readonly [Lang, string])[] = [
  ['fr', 'FR'],
  ['en', 'EN'],
]

export function Frame(props: FrameProps): VNode {
  const { title, strip, waiting, tab, age, old, back, foot, children } = props
  const app = useUi().t('app.name')
  useEffect(() => {
    document.title = `${title} – ${app}`
  }, [title, app])
  return (
    <>
      <header class="top">
        {back && <Back href={back} />}
        <div>
          <h1>{title}</h1>
          <p class={old ? 'old' : 'soft'}>{age}</p>
        </div>
        <Languages />
      </header>
      <StripLine strip={strip} />
      <main>{children}</main>
      <footer class="dock">
        {foot}
        <Bar tab={tab} waiting={waiting} />
      </footer>
    </>
  )
}

export function Sign({ name }: { name: string }): VNode {
  return <i class={`i i-${name}`} />
}

function Back({ href }: { href: string }): VNode {
  return (
    <a class="back" href={href} aria-label={useUi().t('nav.back')}>
      <Sign name="back" />
    </a>
  )
}

function Languages(): VNode {
  const { t, setLang } = useUi()
  const choose = (lang: Lang) => (event: Event) => {
    event.preventDefault()
    setLang(lang)
  }
  return (
    <div class="lang">
      {LANGS.map(([lang, label]) =>
        lang === t.lang ? (
          <b key={lang}>{label}</b>
        ) : (
          <a
            key={lang}
            href={`?lang=${lang}`}
            lang={lang}
            title={t('app.other_language')}
            onClick={choose(lang)}
          >
            {label}
          </a>
        ),
      )}
    </div>
  )
}

function StripLine({ strip }: { strip: Strip }): VNode {
  const { t, office } = useUi()
  return (
    <div class={`strip ${strip.tone}`} role="status">
      <a href="#/outbox">
        <Sign name={strip.tone} />
        {strip.text}
      </a>
      {strip.askLink && office && <a href={`tel:${office}`}>{t('strip.ask_link')}</a>}
    </div>
  )
}

function Bar({ tab, waiting }: { tab: Tab; waiting: number }): VNode {
  const { t } = useUi()
  return (
    <nav class="bar" aria-label={t('nav.main')}>
      {TABS.map(([name, href]) => (
        <a key={name} href={href} aria-current={name === tab ? 'page' : undefined}>
          <Sign name={name} />
          {barWord(t, name, waiting)}
        </a>
      ))}
    </nav>
  )
}

function barWord(t: Translator, name: Tab, waiting: number): string {
  const word = t(`nav.${name}`)
  return name === 'outbox' && waiting > 0 ? `${word}\u00a0(${waiting})` : word
}
