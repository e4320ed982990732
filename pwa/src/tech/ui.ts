/** What every screen shares: the words, the site's zone, and the calls that change something. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { type Lang, type Translator, translator } from '../i18n/translate.ts'
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

export const UiContext = createContext<Ui>(STATIC_UI)

export function useUi(): Ui {
  return useContext(UiContext)
}
