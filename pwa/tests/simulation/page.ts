/** One page of the app: the shipped sync code, and a host that is held from outside. */
import { createHash } from 'node:crypto'
import type { Host } from '../../src/sync/host.ts'
import { openReplica } from '../../src/sync/index.ts'
import type { SyncReply } from '../../src/sync/protocol.ts'
import type { Replica } from '../../src/sync/types.ts'
import type { Person } from '../../src/sync/view.ts'
import { type Accident, Door } from './door.ts'
import { Network } from './network.ts'
import type { Profile } from './profile.ts'

export class Page {
  readonly network = new Network()
  replica: Replica | null = null
  dead = false
  /** The page wakes: online, shown, restored. */
  wake: () => void = () => undefined
  /** The server pokes. */
  poke: (sequence: number) => void = () => undefined
  private hears: () => void = () => undefined
  private drawn = 0
  private readonly door: Door
  private readonly profile: Profile
  private readonly seed: string

  /** `seed` makes its random bytes: no two pages of a run may share one. */
  constructor(profile: Profile, seed: string) {
    this.profile = profile
    this.seed = seed
    this.door = new Door(profile.factory, () => this.die())
  }

  /** `day`: what the server wrote into the page. */
  async open(person: Person, day?: SyncReply): Promise<void> {
    this.replica = await openReplica({ ...person, ...(day && { seed: day }), host: this.host() })
  }

  befall(accident: Accident): void {
    this.door.arm(accident)
  }

  /** The page is no more: nothing it still does reaches anybody. */
  die(): void {
    this.dead = true
    this.door.close()
    this.profile.drop(this)
  }

  private host(): Host {
    const { profile } = this
    return {
      fetch: (path, init) => this.fetch(String(path), init ?? {}),
      now: () => profile.clock,
      random: () => this.random(),
      indexedDB: this.door.indexedDB(),
      after: (ms, run) => (this.dead ? () => undefined : profile.after(this, ms, run)),
      storage: this.storage(),
      locks: profile.locks.of(this),
      channel: (_name, hear) => this.channel(hear),
      visible: () => true,
      wakes: (hear) => {
        this.wake = hear
        return () => undefined
      },
      wakeLater: () => undefined,
      backgroundSyncs: () => () => undefined,
      pokes: (hear) => {
        this.poke = hear
        return () => undefined
      },
    }
  }

  private fetch(path: string, init: RequestInit): Promise<Response> {
    return this.dead ? new Promise(() => undefined) : this.network.fetch(path, init)
  }

  private random(): Uint8Array {
    const digest = createHash('sha256')
      .update(`${this.seed}/${this.drawn++}`)
      .digest()
    return Uint8Array.from(digest.subarray(0, 16))
  }

  private storage(): NonNullable<Host['storage']> {
    const { small } = this.profile
    return {
      getItem: (key) => small.get(key) ?? null,
      setItem: (key, value) => void (this.dead || small.set(key, value)),
      removeItem: (key) => void (this.dead || small.delete(key)),
    }
  }

  private channel(hear: () => void): ReturnType<Host['channel']> {
    this.hears = () => setImmediate(() => this.dead || hear())
    return { tell: () => this.tell(), close: () => undefined }
  }

  private tell(): void {
    if (this.dead) return
    for (const page of this.profile.pages.values()) if (page !== this) page.hears()
  }
}
