/** Whether the app should be offered for installation here, and how. */
import type { Offer } from '../tech/offer.ts'
import { recall, remember } from './small.ts'

const INSTALLED = 'terrain-installed'
const LATER = 'terrain-install-later'
const APPLE_TOUCH = /iPhone|iPad|iPod/
const LATER_MS = 7 * 86_400_000

export type Way = { kind: 'none' } | { kind: 'steps' } | { kind: 'button'; offer: Offer }

export interface Facts {
  /** The page runs from an icon, or it was installed once. */
  installed: boolean
  /** When "Plus tard" was touched, device clock UTC ms; 0 never. */
  laterAt: number
  now: number
  agent: string
  /** What the browser offered, where it does. */
  offer: Offer | undefined
}

/** Never again once installed; a week after "Plus tard"; by steps where only a person can do it. */
export function wayOf({ installed, laterAt, now, agent, offer }: Facts): Way {
  if (installed || now - laterAt < LATER_MS) return { kind: 'none' }
  if (offer) return { kind: 'button', offer }
  return { kind: APPLE_TOUCH.test(agent) ? 'steps' : 'none' }
}

export function factsOf(offer: Offer | undefined): Facts {
  const { userAgent } = navigator
  const laterAt = Number(recall(LATER))
  return { installed: isInstalled(), laterAt, now: Date.now(), agent: userAgent, offer }
}

export function isInstalled(): boolean {
  return isStandalone() || recall(INSTALLED) === '1'
}

/** Whether this page was opened by the icon; `standalone` is Safari's own. */
export function isStandalone(): boolean {
  const { standalone } = navigator as { standalone?: boolean }
  return standalone === true || matchMedia('(display-mode: standalone)').matches
}

export function rememberInstalled(): void {
  remember(INSTALLED, '1')
}

export function rememberLater(): void {
  remember(LATER, String(Date.now()))
}
