/** The words of a verdict: the server's own, with which the app was built. */
import type { Lang } from '../i18n/translator.ts'
import data from './data.json'

type Text = Readonly<Record<Lang, string>>

const { states, checks, reasons, steps } = data.words as {
  states: Record<string, Text>
  checks: Record<string, Text>
  reasons: Record<string, { said: Text; todo?: Text }>
  steps: Record<string, Text>
}

export function stateText(state: string, lang: Lang): string {
  return of(states, state)?.[lang] ?? state
}

export function checkText(name: string, lang: Lang): string {
  return of(checks, name)?.[lang] ?? name
}

/** Why a check ended so; the code itself when the server is newer than this app. */
export function reasonText(reason: string, lang: Lang): string {
  return of(reasons, reason)?.said[lang] ?? reason
}

/** "Quoi faire": what the technician does about it, "" for nothing. */
export function todoText(reason: string, lang: Lang): string {
  return of(reasons, reason)?.todo?.[lang] ?? ''
}

export function stepText(step: string, lang: Lang): string {
  return of(steps, step)?.[lang] ?? step
}

/** What may have been done between two readings, in the order in which it is offered. */
export const STEPS: readonly string[] = Object.keys(steps)

function of<T>(named: Record<string, T>, code: string): T | undefined {
  return Object.hasOwn(named, code) ? named[code] : undefined
}
