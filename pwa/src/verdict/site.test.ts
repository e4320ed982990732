/** The phone judges by the limits of its own installation, and keeps them for where no signal is. */
import { expect, test } from 'vitest'
import { limitsOf, THRESHOLDS } from './limits.ts'
import { learnLimits, siteThresholds } from './site.ts'

const OWN = {
  ...THRESHOLDS,
  olts: { 'OLT-1': { class: 'B+', rx_ont: { window: [-20, -8], pass: [-19, -10] } } },
}

function storage() {
  const held = new Map<string, string>()
  return {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
  }
}

function server(status: number, body: unknown, asked: (string | null)[] = []): typeof fetch {
  return async (_url, init) => {
    asked.push(new Headers(init?.headers).get('If-None-Match'))
    return new Response(status === 304 ? null : JSON.stringify(body), { status })
  }
}

test('limits that were told count, and the next question names them', async () => {
  const kept = storage()
  const asked: (string | null)[] = []

  await learnLimits(kept, server(200, { version: 'a1', thresholds: OWN }, asked))
  await learnLimits(kept, server(304, null, asked))

  expect(limitsOf({ olt: 'OLT-1' }, siteThresholds(kept)).rxOnt?.window).toEqual([-20, -8])
  expect(asked).toEqual([null, '"a1"'])
})

test.each([
  ['without network', () => Promise.reject(new TypeError('offline'))],
  ['after an error', server(500, { error: 'error' })],
  ['after an answer that is none', server(200, { version: 'b2', thresholds: { checks: {} } })],
])('%s the limits stay as they were', async (_when, ask) => {
  const kept = storage()
  await learnLimits(kept, server(200, { version: 'a1', thresholds: OWN }))

  await learnLimits(kept, ask)

  expect(siteThresholds(kept)).toEqual(OWN)
  expect(siteThresholds(storage())).toBe(THRESHOLDS)
})
