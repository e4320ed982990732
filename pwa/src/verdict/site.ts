/** The limits that this installation judges light by: told by `/api/limits`, kept for the cellar. */
import { isRecord } from '../tech/cells.ts'
import { THRESHOLDS, type Thresholds } from './limits.ts'

const KEY = 'terrain-limits'
const DEADLINE_MS = 8_000
const NEEDED = ['checks', 'classes', 'olts', 'plans'] as const

/** The installation's own as they were last told; before that, those that the app was built with. */
export function siteThresholds(
  storage: Pick<Storage, 'getItem'> | undefined = globalThis.localStorage,
): Thresholds {
  return thresholdsOf(kept(storage)) ?? THRESHOLDS
}

/** Ask for them, and keep them where they changed; without an answer what is kept stays. */
export async function learnLimits(
  storage: Pick<Storage, 'getItem' | 'setItem'>,
  ask: typeof fetch = fetch,
): Promise<void> {
  const known = kept(storage)
  const version = isRecord(known) && known.version ? `"${known.version}"` : ''
  try {
    const answer = await ask('/api/limits', {
      headers: version ? { 'If-None-Match': version } : {},
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
    const told: unknown = answer.status === 200 ? await answer.json() : null
    if (thresholdsOf(told)) storage.setItem(KEY, JSON.stringify(told))
  } catch {
    // No network, or a full storage: the former limits count until the next time.
  }
}

function kept(storage: Pick<Storage, 'getItem'> | undefined): unknown {
  try {
    return JSON.parse(storage?.getItem(KEY) ?? 'null')
  } catch {
    return null
  }
}

/** The thresholds of an answer that is not trusted, null when they are none that can be used. */
function thresholdsOf(told: unknown): Thresholds | null {
  const given = isRecord(told) && isRecord(told.thresholds) ? told.thresholds : null
  const isWhole = given && NEEDED.every((name) => isRecord(given[name]))
  return isWhole ? (given as unknown as Thresholds) : null
}
