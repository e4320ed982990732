import { render } from 'preact-render-to-string'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { translator } from '../i18n/translate.ts'
import type { Replica } from '../sync/types.ts'
import { App } from './app.tsx'
import { NOW, snapshotWith } from './fixtures.ts'
import { plainSpaces } from './rendered.ts'

const MINUTE_MS = 60_000

beforeEach(() => {
  vi.setSystemTime(NOW)
  vi.stubGlobal('location', { hash: '', search: '' })
  vi.stubGlobal('localStorage', { getItem: () => null })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('a phone whose clock is more than two minutes off says what time it is', () => {
  expect(shown(3 * 24 * 60)).toContain("L'heure du téléphone est fausse : il est jeu. 26 14 h 05.")
  expect(shown(-3)).toContain("L'heure du téléphone est fausse")
  expect(shown(2)).not.toContain("L'heure du téléphone est fausse")
})

/** The app on a phone whose clock is so many minutes behind the server's. */
function shown(minutes: number): string {
  const snapshot = { ...snapshotWith(), clockOffset: minutes * MINUTE_MS }
  const replica = { snapshot: () => snapshot, subscribe: () => () => undefined }
  return plainSpaces(
    render(
      <App
        replica={replica as unknown as Replica}
        zone="America/Toronto"
        officePhone=""
        version="1.2"
        t={translator('fr')}
        rememberLang={() => undefined}
        newer={new Promise(() => undefined)}
      />,
    ),
  )
}
