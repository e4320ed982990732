/** The words of a verdict: the server's own, with which the app was built; a phone learns one language. */
import type { Lang } from '../i18n/translator.ts'

type Named<T> = Readonly<Record<string, T>>

export interface VerdictWords {
  states: Named<string>
  checks: Named<string>
  reasons: Named<{ said: string; todo?: string }>
  steps: Named<string>
}

const learned = new Map<Lang, VerdictWords>()

/** Before it, nothing can be said in that language but the codes themselves. */
export function learnVerdicts(lang: Lang, words: VerdictWords): void {
  learned.set(lang, words)
}

export function stateText(state: string, lang: Lang): string {
  return of(learned.get(lang)?.states, state) ?? state
}

export function checkText(name: string, lang: Lang): string {
  return of(learned.get(lang)?.checks, name) ?? name
}

/** Why a check ended so; the code itself when the server is newer than this app. */
export function reasonText(reason: string, lang: Lang): string {
  return of(learned.get(lang)?.reasons, reason)?.said ?? reason
}

/** "Quoi faire": what the technician does about it, "" for nothing. */
export function todoText(reason: string, lang: Lang): string {
  return of(learned.get(lang)?.reasons, reason)?.todo ?? ''
}

export function stepText(step: string, lang: Lang): string {
  return of(learned.get(lang)?.steps, step) ?? step
}

function of<T>(named: Named<T> = {}, code: string): T | undefined {
  return Object.hasOwn(named, code) ? named[code] : undefined
}
