/** The golden export: what a phone hands over is what `terrain salvage` reads. */
import { expect, test } from 'vitest'
import type { Entry } from '../../src/sync/entry.ts'
import { exportFile } from '../../src/sync/export.ts'
import { browserHost } from '../../src/sync/host.ts'
import { asked, createStore } from '../../src/sync/store.ts'
import { Phone } from './phone.ts'
import { Server } from './server.ts'
import { golden } from './vectors.ts'

interface ExportCase {
  name: string
  entries: Entry[]
  file: { technician: string; device: string; exported_at: number; photos: Record<string, string> }
}

test.each(golden<ExportCase>('export'))('$name', async ({ entries, file }) => {
  const store = createStore(browserHost(new Phone(new Server()).host()), 'terrain-export')
  for (const [sha, text] of Object.entries(file.photos)) {
    const bytes = Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0)).buffer
    await store.write(['bytes'], (tx) => asked(tx.objectStore('bytes').put(bytes, sha)))
  }
  const person = { technician: file.technician, name: 'Marc Tremblay', device: file.device }

  const made = await exportFile(store, person, entries, file.exported_at)

  expect(JSON.parse(await made.text())).toEqual(file)
  store.close()
})
