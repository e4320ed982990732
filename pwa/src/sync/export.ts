/** The file a technician can hand over when nothing else works: what is not on file yet. */
import { type Entry, isOpen } from './entry.ts'
import { asked, type Store } from './store.ts'
import type { Person } from './view.ts'

/** A JSON file of the open mutations and the bytes of their photos (base64) that can be read. */
export async function exportFile(
  store: Store,
  person: Person,
  entries: readonly Entry[],
  now: number,
): Promise<Blob> {
  const mutations = entries.filter(isOpen).map(({ intent, seq, line, verdict, receipt }) => {
    return { ...intent, seq, line, verdict, receipt }
  })
  const photos: Record<string, string> = {}
  for (const sha of new Set(mutations.flatMap((mutation) => mutation.blobs ?? []))) {
    const bytes = await readBytes(store, sha)
    if (bytes) photos[sha] = base64(bytes)
  }
  const { technician, device } = person
  const file = { technician, device, exported_at: now, mutations, photos }
  return new Blob([JSON.stringify(file)], { type: 'application/json' })
}

// With a dead database the mutations in memory still get out, without their photos.
function readBytes(store: Store, sha: string): Promise<ArrayBuffer | null> {
  return store
    .read(['bytes'], (tx) => asked<ArrayBuffer | null>(tx.objectStore('bytes').get(sha)))
    .catch(() => null)
}

function base64(bytes: ArrayBuffer): string {
  let text = ''
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte)
  return btoa(text)
}
