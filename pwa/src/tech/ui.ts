/** What every screen shares: the words, the site's zone, and the calls that change something. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Lang, Translator } from '../i18n/translator.ts'
import type { Draft } from '../sync/types.ts'
import type { Card } from './day.ts'

export interface Ui {
  readonly t: Translator
  readonly zone: string
  /** The office's number as it is dialled, "" when unknown. */
  readonly office: string
  setLang(lang: Lang): void
  /** The technician has read a visit's changed hours. */
  markSeen(card: Card): void
  /** Keeps a gesture on the phone; false when it could not be kept. */
  keep(draft: Draft): Promise<boolean>
}

export const UiContext = createContext<Ui | null>(null)

/** Only below the app, which gives it. */
export function useUi(): Ui {
  const ui = useContext(UiContext)
  if (!ui) throw new Error('no UiContext')
  return ui
}
