/** Decides which photos a visit has, and which one comes next. */
import type { Cells, Item, ItemState } from '../sync/types.ts'
import { text, whole } from '../tech/cells.ts'
import { dated, stateOf } from '../tech/visit.ts'
import type { WorkWords } from './words.ts'

/** What the photos of a visit show, in the order in which they are taken. */
export const SLOTS = ['before', 'fibre_entry', 'ont_label', 'outlet', 'after'] as const
/** A visit that met nobody. */
export const DOOR = 'door'

export type SlotName = (typeof SLOTS)[number]

export interface Photo {
  id: string
  slot: string
  state: ItemState | null
  /** Its bytes are still on the phone. */
  waiting: boolean
}

export interface Photos {
  taken: Photo[]
  /** Undefined once every slot has one. */
  next: SlotName | undefined
  required: number
}

export function photosOf(job: Cells, items: readonly Item[]): Photos {
  const taken = dated(job, 'photos').map(({ id, value }) => ({
    id,
    slot: text(value, 'slot'),
    state: stateOf(items, id),
    waiting: (items.find((item) => item.id === id)?.blobsWaiting ?? 0) > 0,
  }))
  const slots = new Set(taken.map(({ slot }) => slot))
  return {
    taken,
    next: SLOTS.find((slot) => !slots.has(slot)),
    required: whole(job, 'required_photos'),
  }
}

/** What a photo shows, as the technician calls it; one of another app's slots keeps its name. */
export function slotWord(words: WorkWords, slot: string): string {
  const known = ([...SLOTS, DOOR] as const).find((name) => name === slot)
  return known ? words[known] : slot || words.photo
}
