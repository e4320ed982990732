/** What the tests of a check start from: a visit whose line was checked, and the props of its screen. */
import type { Cells, Item, Snapshot } from '../sync/types.ts'
import { NOW, rowsWith, snapshotWith, TODAY } from '../tech/fixtures.ts'
import type { VerifyProps } from '../tech/with-verify.tsx'
import { learn } from './words.ts'

await Promise.all([learn('fr'), learn('en')])

export const MINUTE_MS = 60_000

/** The light as an OLT told it three minutes ago. */
export const WEAK: Cells = {
  id: 'rx_ont',
  result: 'fail',
  reason: 'light-too-low',
  value: -28.1,
  unit: 'dBm',
  source: 'olt',
  measured_at: NOW - 3 * MINUTE_MS,
  low: -27,
  high: -8,
  required: true,
}
export const ONLINE: Cells = { id: 'pon_online', result: 'pass', reason: 'good', value: '0/5/2' }
export const WAN: Cells = { id: 'wan_up', result: 'pass', reason: 'good', value: '203.0.113.7' }

/** A check that ended in `verdict`. */
export function ended(verdict: string, more: Cells = {}): Cells {
  const at = NOW - 4 * MINUTE_MS
  return { state: 'done', reason: 'install', at, by: 'Marc', verdict, measured_at: at, ...more }
}

/** The screen's props, with these checks on the visit. */
export function given(checks: Record<string, Cells>, more: Partial<Snapshot> = {}): VerifyProps {
  const cells = Object.entries(checks).map(([id, check]) => [`verifications/${id}`, check])
  const rows = rowsWith(Object.fromEntries(cells))
  return { jobKey: 'job/a', snapshot: snapshotWith({ rows, ...more }), now: NOW, today: TODAY }
}

/** A wish that is still on the phone. */
export function wish(id: string, more: Partial<Item> = {}): Item {
  return {
    id,
    kind: 'verify',
    key: 'job/a',
    args: { reason: 'install' },
    madeAt: NOW,
    state: 'local',
    attempts: 0,
    blobs: [],
    blobsWaiting: 0,
    bytes: 0,
    ...more,
  }
}
