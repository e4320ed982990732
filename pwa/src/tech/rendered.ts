/** What the tests of the screens read: markup, and the words of it. */
import type { VNode } from 'preact'
import { createElement } from 'preact'
import { render } from 'preact-render-to-string'
import { translator } from '../i18n/translate.ts'
import { type Ui, UiContext } from './ui.ts'

const nothing = (): void => undefined

/** What the server's page amounts to: French words and no gesture yet. */
export const STATIC_UI: Ui = {
  t: translator('fr'),
  zone: 'America/Toronto',
  office: '',
  setLang: nothing,
  markSeen: nothing,
  keep: () => Promise.resolve(false),
}

export function inUi(screen: VNode, more: Partial<Ui> = {}): string {
  return render(createElement(UiContext.Provider, { value: { ...STATIC_UI, ...more } }, screen))
}

export function plain(html: string): string {
  return plainSpaces(html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' '))
}

export function plainSpaces(text: string): string {
  return text.replaceAll('\u00a0', ' ').replaceAll('&#39;', "'")
}
