/** Where a piece of work stands, in words, in tone, and in order of how much it needs someone. */
import { clock, clockIn } from '../i18n/format.ts'
import { named, type Translator } from '../i18n/translator.ts'
import type { Item, ItemState } from '../sync/types.ts'

export type Tone = 'quiet' | 'ok' | 'pending' | 'error' | 'conflict'

const TONES: Readonly<Record<ItemState, Tone>> = {
  local: 'pending',
  sending: 'pending',
  retry: 'pending',
  held: 'pending',
  received: 'ok',
  office_late: 'ok',
  done: 'ok',
  conflict: 'conflict',
  rejected: 'error',
  parked: 'error',
  abandoned: 'quiet',
}

// The first one stands for the visit: what needs a human, then what is still here, then the rest.
const ORDER: readonly ItemState[] = [
  'conflict',
  'rejected',
  'parked',
  'retry',
  'local',
  'sending',
  'held',
  'office_late',
  'received',
  'done',
]

export function toneOf(state: ItemState): Tone {
  return TONES[state]
}

/** The sign beside the word: what waits for the clock or for others is not on the device. */
export function signOf(state: ItemState): string {
  return state === 'held' || state === 'retry' ? 'clock' : TONES[state]
}

/** Work that the server has not acknowledged. */
export function isUnsent(state: ItemState): boolean {
  return state === 'local' || state === 'sending' || state === 'retry'
}

/** Work that the server refused or could not read. */
export function isRefused(state: ItemState): boolean {
  return state === 'rejected' || state === 'parked'
}

/** Whether a photo of it will never arrive by itself. */
export function hasPhotoTrouble({ reason }: Pick<Item, 'reason'>): boolean {
  return reason === 'photo-lost' || reason === 'photo-refused'
}

/** Photos that are still on the phone, whatever became of the work they belong to. */
export function photosHere(items: readonly Item[]): number {
  const sending = items.filter((item) => item.state !== 'abandoned' && !hasPhotoTrouble(item))
  return sending.reduce((sum, item) => sum + item.blobsWaiting, 0)
}

/** Whether anything is still on the phone that leaves by itself while Terrain is open. */
export function hasUnsent(items: readonly Item[]): boolean {
  return items.some(({ state }) => isUnsent(state)) || photosHere(items) > 0
}

export function wordOf(
  t: Translator,
  zone: string,
  item: Pick<Item, 'state' | 'reason' | 'retryAt'>,
): string {
  if (item.state === 'retry') {
    return item.retryAt
      ? t('state.retry', { time: clock(t, clockIn(zone, item.retryAt)) })
      : t('state.retry_soon')
  }
  if (item.state === 'rejected' || item.state === 'parked') {
    return item.reason
      ? t(`state.${item.state}`, { reason: reasonWord(t, item.reason) })
      : short(t, item.state)
  }
  return t(`state.${item.state}`)
}

/** A refusal's stable code in words. */
export function reasonWord(t: Translator, code: string): string {
  return named(t, 'error', code, t('error.code', { code }))
}

/** The least advanced state of each record's items. */
export function marks(items: readonly Item[]): Map<string, ItemState> {
  const worst = new Map<string, ItemState>()
  for (const { key, state } of items) {
    const known = worst.get(key)
    if (state !== 'abandoned' && (!known || ORDER.indexOf(state) < ORDER.indexOf(known))) {
      worst.set(key, state)
    }
  }
  return worst
}

// A card has no room for the reason: the word alone, up to the colon.
function short(t: Translator, state: 'rejected' | 'parked'): string {
  return t(`state.${state}`).split(/\s*:/)[0] ?? ''
}
