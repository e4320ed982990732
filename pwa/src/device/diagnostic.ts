/** What a technician can send when something is wrong: the app's state, no customer, no secret. */
import type { Snapshot } from '../sync/types.ts'
import { isStandalone } from './installing.ts'
import { stored } from './storage.ts'

/** What the browser alone can say. */
export interface Machine {
  agent: string
  screen: string
  standalone: boolean
  online: boolean
  worker: string
  notifications: string
  databases: readonly string[]
  kept: boolean | null
  used: number | null
  most: number | null
}

/** Lines of `name: value`; of the outbox only kinds, states and codes. */
export function diagnosticOf(snapshot: Snapshot, version: string, now: number, machine: Machine) {
  const lines: Record<string, unknown> = {
    at: new Date(now).toISOString(),
    version,
    device: snapshot.device,
    technician: snapshot.technician,
    link: snapshot.link,
    reachable: snapshot.reachable,
    storage: snapshot.storage,
    drain: snapshot.drain.state,
    pulled: snapshot.pulledAt && new Date(snapshot.pulledAt).toISOString(),
    clock_offset_ms: snapshot.clockOffset,
    visits: [...snapshot.rows.keys()].filter((key) => key.startsWith('job/')).length,
    conflicts: snapshot.conflicts.length,
    ...machine,
    databases: machine.databases.join(' '),
  }
  const items = snapshot.items.map(({ id, kind, state, attempts, reason, blobsWaiting }) =>
    [id, kind, state, attempts, blobsWaiting, codeOf(reason)].join(' '),
  )
  return [...Object.entries(lines).map(([name, value]) => `${name}: ${value}`), ...items].join('\n')
}

// A refusal's reason may be a sentence of the office, with a name in it.
function codeOf(reason = ''): string {
  return /^[\w.:-]{1,60}$/.test(reason) ? reason : reason && '(text)'
}

export async function machineNow(): Promise<Machine> {
  const { userAgent, onLine, serviceWorker } = navigator
  const registration = await serviceWorker?.getRegistration('/t/').catch(() => undefined)
  const found = (await indexedDB.databases?.().catch(() => [])) ?? []
  return {
    agent: userAgent,
    screen: `${innerWidth}x${innerHeight} @${devicePixelRatio}`,
    standalone: isStandalone(),
    online: onLine,
    worker: registration?.waiting ? 'waiting' : (registration?.active?.state ?? 'none'),
    notifications: 'Notification' in globalThis ? Notification.permission : 'none',
    databases: found.map(({ name }) => name ?? ''),
    ...(await stored()),
  }
}
