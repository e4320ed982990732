/** Decides what the always visible strip says: where the technician's work is, and nothing else. */
import { clock, clockIn } from '../i18n/format.ts'
import type { Translator } from '../i18n/translator.ts'
import type { Item, Link, Snapshot } from '../sync/types.ts'
import { hasPhotoTrouble, isRefused, isUnsent, photosHere, type Tone } from './item-state.ts'
import { decisions } from './outbox.ts'

export interface Strip {
  tone: Tone
  text: string
  /** The link has ended: offer to ask for another one. */
  askLink: boolean
}

type Told = Pick<
  Snapshot,
  | 'items'
  | 'conflicts'
  | 'link'
  | 'drain'
  | 'reachable'
  | 'storage'
  | 'evicted'
  | 'fileLate'
  | 'lastContactAt'
>

/** What the server's page says: it cannot know what the phone still holds. */
export function neutralStrip(t: Translator): Strip {
  return { tone: 'quiet', text: t('strip.open'), askLink: false }
}

/** Whether the server takes nothing from this phone before it opens a new link. */
export function hasEnded(link: Link): boolean {
  return link === 'expired' || link === 'revoked'
}

export function stripOf(t: Translator, zone: string, told: Told): Strip {
  if (told.storage === 'failing') return say('error', t('strip.storage'))
  if (told.evicted) return say('error', t('strip.evicted'))
  const ended = hasEnded(told.link)
  const parts = [ended ? t('strip.link') : offline(t, told), ...pending(t, told)].filter(Boolean)
  if (parts.length > 0) return { ...say(toneOf(told, ended), parts.join(' · ')), askLink: ended }
  return settled(t, zone, told)
}

/** How many of the phone's items still need the network or a human. */
export function waitingCount(told: Pick<Snapshot, 'items' | 'conflicts'>): number {
  const here = told.items.filter((item) => isUnsent(item.state) || needsHim(item))
  return here.length + decisions(told)
}

function offline(t: Translator, told: Told): string {
  return told.reachable ? '' : t('strip.offline')
}

function pending(t: Translator, told: Told): string[] {
  const conflicts = decisions(told)
  const refused = told.items.filter(needsHim).length
  const photos = photosHere(told.items)
  return [
    conflicts > 0 ? t('strip.conflict', { n: conflicts }) : '',
    refused > 0 ? t('strip.rejected', { n: refused }) : '',
    underWay(t, told),
    photos > 0 ? t('outbox.photos_waiting', { n: photos }) : '',
  ]
}

function underWay(t: Translator, { drain, items, reachable }: Told): string {
  const unsent = items.filter(({ state }) => isUnsent(state)).length
  if (unsent === 0) return ''
  if (drain.state === 'sending' && reachable) {
    // What was captured since the batch was frozen waits with it.
    const of = Math.max(drain.of, drain.done + unsent)
    return t('strip.sending', { done: Math.min(drain.done + 1, of), of })
  }
  return t('strip.local', { n: unsent })
}

function toneOf(told: Told, ended: boolean): Tone {
  if (decisions(told) > 0) return 'conflict'
  return ended || told.items.some(needsHim) ? 'error' : 'pending'
}

function needsHim(item: Item): boolean {
  return isRefused(item.state) || hasPhotoTrouble(item)
}

function settled(t: Translator, zone: string, told: Told): Strip {
  const late = told.items.some(
    ({ state }) => state === 'office_late' || (told.fileLate && state === 'received'),
  )
  if (late) return say('ok', t('strip.office_late'))
  if (told.lastContactAt === null) return neutralStrip(t)
  return say('ok', t('strip.sent', { time: clock(t, clockIn(zone, told.lastContactAt)) }))
}

function say(tone: Tone, text: string): Strip {
  return { tone, text, askLink: false }
}
