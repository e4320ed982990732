/** The screen named by the address's fragment; nothing of a link's token ever stands in it. */

import type { Swap } from './visit.ts'

export type Route =
  | { screen: 'day'; day?: string }
  | { screen: 'visit'; key: string; step: string }
  | { screen: 'scan'; key: string; swap?: Swap }
  | { screen: 'type'; key: string; scan?: string; swap?: Swap }
  | { screen: 'verify'; key: string }
  | { screen: 'work'; key: string; part: string }
  | { screen: 'pick' }
  | { screen: 'outbox' }
  | { screen: 'help' }

const DATE = /^\d{4}-\d\d-\d\d$/

/**
 * `#/`, `#/day/<date>`, `#/job/<id>[/scan|/type[/<scan>]|/verify|/swap…|/step/<id>|/<gesture>]`, `#/scan`,
 * `#/outbox`, `#/help`; the gestures are those of `src/work/screens.ts`;
 * `/swap[-type]/<old serial>/<returned>/<why>` scans or types the number that replaces another.
 */
export function parseRoute(hash: string): Route {
  const [screen = '', id = '', part = '', ...rest] = hash
    .replace(/^#\/?/, '')
    .split('/')
    .map(decoded)
  if (screen === 'job' && id) return jobRoute(`job/${id}`, part, rest)
  if (screen === 'scan') return { screen: 'pick' }
  if (screen === 'outbox' || screen === 'help') return { screen }
  return screen === 'day' && DATE.test(id) ? { screen: 'day', day: id } : { screen: 'day' }
}

function jobRoute(
  key: string,
  part: string,
  [rest = '', returned = '', why = '']: string[],
): Route {
  const swap: Swap = { action: 'replace', replaces: rest, returned, returned_why: why }
  if (part === 'swap') return { screen: 'scan', key, swap }
  if (part === 'swap-type') return { screen: 'type', key, swap }
  if (part === 'scan' || part === 'verify') return { screen: part, key }
  if (part === 'type') return rest ? { screen: 'type', key, scan: rest } : { screen: 'type', key }
  if (part && part !== 'step') return { screen: 'work', key, part }
  return { screen: 'visit', key, step: rest }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
