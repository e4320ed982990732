/** One drain at a time over all tabs: a Web Lock while it runs, else a lease in the database. */
import type { Host } from './host.ts'
import { asked, readOne, type Store } from './store.ts'

/** Longer than any round trip: a lease this old belongs to a tab that died or was frozen. */
const STALE_MS = 45_000

interface Lease {
  owner: string
  until: number
}

export interface Lock {
  /** Run alone; false when another tab is at it. */
  alone(run: () => Promise<void>): Promise<boolean>
  /** Called during the run, so that a lease does not go stale. */
  renew(): Promise<void>
}

/** The lock of one technician's drain; `owner` names this page. */
export function createLock(host: Host, store: Store, name: string, owner: string): Lock {
  const locks = host.locks
  return locks
    ? { alone: webLock(host, locks, name), renew: async () => undefined }
    : leaseLock(host, store, owner)
}

function webLock(host: Host, locks: NonNullable<Host['locks']>, name: string): Lock['alone'] {
  let refusedSince: number | null = null
  return async (run) => {
    // A frozen tab can hold a lock for ever; two drains at once are only a waste.
    const steal = refusedSince !== null && host.now() - refusedSince > STALE_MS
    const options: LockOptions = steal ? { steal: true } : { ifAvailable: true }
    const ran = await locks.request(name, options, async (lock) => {
      if (lock) await run()
      return lock !== null
    })
    refusedSince = ran ? null : (refusedSince ?? host.now())
    return ran
  }
}

function leaseLock(host: Host, store: Store, owner: string): Lock {
  const take = (): Promise<boolean> =>
    store.write(['meta'], async (tx) => {
      const lease = await readOne<Lease>(tx, 'meta', 'lease')
      const now = host.now()
      // A lease from the future was written before the clock was set back.
      const valid = lease && lease.until > now && lease.until - now <= STALE_MS
      if (valid && lease.owner !== owner) return false
      await asked(tx.objectStore('meta').put({ owner, until: now + STALE_MS }, 'lease'))
      return true
    })
  const free = (): Promise<void> =>
    store.write(['meta'], async (tx) => {
      const lease = await readOne<Lease>(tx, 'meta', 'lease')
      if (lease?.owner === owner) await asked(tx.objectStore('meta').delete('lease'))
    })
  return {
    alone: async (run) => {
      if (!(await take())) return false
      await run().finally(() => free().catch(() => undefined))
      return true
    },
    renew: async () => {
      await take()
    },
  }
}
