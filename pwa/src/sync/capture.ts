/** Makes a mutation of a draft and keeps it: in the database, else small ones in the mirror. */

import type { Entry } from './entry.ts'
import type { Host } from './host.ts'
import { sha256, uuid7 } from './ids.ts'
import type { Mirror } from './mirror.ts'
import { keep, type Photo } from './outbox.ts'
import type { Kept } from './replica.ts'
import type { Store } from './store.ts'
import type { Draft } from './types.ts'
import type { Intent } from './writes.ts'

/** A mutation above this is refused at once: nothing a person types comes near it. */
const LARGEST_BYTES = 32 * 1024

/** A draft whose photos may already be on the phone, named by their SHA-256. */
export type Resolved = Omit<Draft, 'blobs'> & { blobs: string[] }

/** The photos of a draft, hashed and ready to be kept. */
export function readPhotos(blobs: readonly Blob[]): Promise<Photo[]> {
  return Promise.all(
    blobs.map(async (blob) => {
      const bytes = await blob.arrayBuffer()
      const sha = await sha256(bytes)
      return { sha, original: sha, type: blob.type, bytes }
    }),
  )
}

/** Kinds whose first photo is their own `blob`. */
const OF_A_PHOTO: readonly string[] = ['scan', 'verify', 'photo', 'signature']

/** The draft with its photos named. */
export function resolve(draft: Draft, photos: readonly Photo[]): Resolved {
  const blobs = photos.map((photo) => photo.sha)
  const { kind, key, deps = [] } = draft
  const blob = OF_A_PHOTO.includes(kind) && blobs.length ? { blob: blobs[0] } : {}
  return { kind, key, deps, args: { ...draft.args, ...blob }, blobs }
}

/** A tap at its moment: when it was made, and on the state that its person saw. */
export type Tap = Pick<Intent, 'id' | 'base' | 'base_epoch' | 'made_at' | 'offset'>

/** The tap of this moment; to keep it may take longer, and the page may learn more meanwhile. */
export function newTap(host: Host, kept: Kept): Tap {
  const madeAt = host.now()
  const offset = kept.contact?.offset ?? 0
  return {
    id: uuid7(madeAt, host.random()),
    base: kept.pull?.sequence ?? 0,
    base_epoch: kept.pull?.epoch ?? '',
    made_at: madeAt,
    ...(offset ? { offset } : {}),
  }
}

/** The entry of a tap; throws `too-large`. */
export function newEntry(tap: Tap, draft: Resolved): Entry {
  const { kind, key, args, deps = [], blobs } = draft
  const intent: Intent = {
    ...tap,
    kind,
    key,
    args: structuredClone(args),
    ...(deps.length ? { deps } : {}),
    ...(blobs.length ? { blobs } : {}),
  }
  if (JSON.stringify(intent).length > LARGEST_BYTES) throw new Error('too-large')
  return { id: intent.id, intent, attempts: 0 }
}

/**
 * Keep the entry for good and say where; throws `not-kept` when neither place takes it. What the
 * mirror holds was made before, and comes into the database before it.
 */
export async function keepSomewhere(
  store: Store,
  mirror: Mirror,
  entry: Entry,
  photos: Photo[],
): Promise<'database' | 'mirror'> {
  try {
    await mirror.absorb(store)
    await keep(store, entry, photos)
    return 'database'
  } catch (cause) {
    if (photos.length || !mirror.keep(entry)) throw new Error('not-kept', { cause })
    return 'mirror'
  }
}
