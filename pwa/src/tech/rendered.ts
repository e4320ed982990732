/** What the tests of the screens read: markup, and the words of it. */
import type { VNode } from 'preact'
import { createElement } from 'preact'
import { render } from 'preact-render-to-string'
import { STATIC_UI, type Ui, UiContext } from './ui.ts'

export function inUi(screen: VNode, more: Partial<Ui> = {}): string {
  return render(createElement(UiContext.Provider, { value: { ...STATIC_UI, ...more } }, screen))
}

export function plain(html: string): string {
  return plainSpaces(html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' '))
}

export function plainSpaces(text: string): string {
  return text.replaceAll('\u00a0', ' ').replaceAll('&#39;', "'")
}
