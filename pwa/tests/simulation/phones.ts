/** The phones of one run, and what can be done to them: each command ends when all is at rest. */
import { IDBFactory } from 'fake-indexeddb'
import type { SyncReply } from '../../src/sync/protocol.ts'
import type { Draft, Snapshot } from '../../src/sync/types.ts'
import type { Person } from '../../src/sync/view.ts'
import type { Accident } from './door.ts'
import type { Loop } from './loop.ts'
import { Page } from './page.ts'
import { Profile } from './profile.ts'

/** Which page of which phone. */
export interface At {
  phone: string
  page?: string
}

/** Bytes travel as base64. */
export interface SentText {
  id: number
  method: string
  path: string
  headers: Record<string, string>
  body: string
}

export type AnswerText = { status: number; headers: Record<string, string>; body: string }

/** What a tap came to, as the page said it while it lived; `dead`: the page did not outlive it. */
export interface Told {
  id?: string
  error?: string
  dead: boolean
}

/** The snapshot as JSON. */
export type Seen = Omit<Snapshot, 'rows' | 'removed'> & {
  rows: Record<string, unknown>
  removed: Record<string, unknown>
}

export class Phones {
  private profiles = new Map<string, Profile>()
  private readonly loop: Loop

  constructor(loop: Loop) {
    this.loop = loop
  }

  /** Open a page on a phone, with the day when it came with one; `seed` makes its random bytes. */
  async open(at: At, { day, ...person }: Person & { day?: SyncReply }, seed: string) {
    const profile = this.profile(at)
    const page = new Page(profile, seed)
    profile.pages.set(nameOf(at), page)
    return this.told(page, () => page.open(person, day).then(() => ''))
  }

  async tap(at: At, draft: Omit<Draft, 'blobs'>, photos: string[] = []): Promise<Told> {
    const page = this.page(at)
    const blobs = photos.map((bytes) => new Blob([bytesOf(bytes)], { type: 'image/jpeg' }))
    return this.told(page, () => replicaOf(page).capture({ ...draft, blobs }))
  }

  async retry(at: At, id: string): Promise<Told> {
    const page = this.page(at)
    return this.told(page, () =>
      replicaOf(page)
        .retry(id)
        .then(() => id),
    )
  }

  async abandon(at: At, id: string, reason: string): Promise<Told> {
    const page = this.page(at)
    return this.told(page, () =>
      replicaOf(page)
        .abandon(id, reason)
        .then(() => id),
    )
  }

  /** The request that leaves now; a page that has none is made to look for work. */
  async next(at: At): Promise<SentText | null> {
    const page = this.page(at)
    const sent = page.network.next() ?? (await this.afterPoke(page))
    return sent && { ...sent, body: textOf(sent.body) }
  }

  /** False when the page waits no longer. */
  async answer(at: At, id: number, { body, ...answer }: AnswerText): Promise<boolean> {
    const waited = this.page(at).network.answer(id, { ...answer, body: bytesOf(body) })
    await this.loop.settle()
    return waited
  }

  async fail(at: At, id: number): Promise<boolean> {
    const waited = this.page(at).network.fail(id)
    await this.loop.settle()
    return waited
  }

  /** What befalls this page at a commit to come. */
  befall(at: At, accident: Accident): void {
    this.page(at).befall(accident)
  }

  isOpen(at: At): boolean {
    return this.profile(at).pages.has(nameOf(at))
  }

  /** The page is killed where it stands. */
  async kill(at: At): Promise<void> {
    this.page(at).die()
    await this.loop.settle()
  }

  async close(at: At): Promise<void> {
    const page = this.page(at)
    page.replica?.close()
    await this.loop.settle()
    await this.kill(at)
  }

  async wake(at: At): Promise<void> {
    this.page(at).wake()
    await this.loop.settle()
  }

  async poke(at: At, sequence: number): Promise<void> {
    this.page(at).poke(sequence)
    await this.loop.settle()
  }

  /** Let time go by on one phone, ms, with all that its timers do. */
  async elapse(at: At, ms: number): Promise<void> {
    const profile = this.profile(at)
    for (let left: number | null = ms; left !== null; ) {
      left = profile.elapse(left)
      await this.loop.settle()
    }
  }

  /** What the device shows from now on, UTC ms; no timer sees it. */
  setClock(at: At, now: number): void {
    this.profile(at).clock = now
  }

  see(at: At): Seen {
    const { rows, removed, ...rest } = replicaOf(this.page(at)).snapshot()
    return { ...rest, rows: Object.fromEntries(rows), removed: Object.fromEntries(removed) }
  }

  async export(at: At): Promise<string> {
    return textOf(await this.loop.finished(this.profile(at).exported()))
  }

  /** The browser throws the databases away, and leaves the small storage: every page dies. */
  async evict(at: At): Promise<void> {
    for (const page of [...this.profile(at).pages.values()]) page.die()
    await this.loop.settle()
    this.profile(at).factory = new IDBFactory()
  }

  /** Every page of the phone dies; what was exported takes the place of all it kept. */
  async import(at: At, copy: string): Promise<void> {
    const profile = this.profile(at)
    for (const page of [...profile.pages.values()]) page.die()
    await this.loop.settle()
    await this.loop.finished(profile.imported(Buffer.from(copy, 'base64')))
  }

  /** Another run begins: no phone is left. */
  async forget(): Promise<void> {
    for (const profile of this.profiles.values())
      for (const page of [...profile.pages.values()]) page.die()
    await this.loop.settle()
    this.profiles.clear()
  }

  private profile({ phone }: At): Profile {
    const profile = this.profiles.get(phone) ?? new Profile()
    this.profiles.set(phone, profile)
    return profile
  }

  private page(at: At): Page {
    const page = this.profile(at).pages.get(nameOf(at))
    if (!page) throw new Error(`no page ${at.phone}/${nameOf(at)}`)
    return page
  }

  private async afterPoke(page: Page) {
    void page.replica?.syncNow()
    await this.loop.settle()
    return page.network.next()
  }

  // What is said after the page has died was never seen by anybody.
  private async told(page: Page, act: () => Promise<string>): Promise<Told> {
    const told: Omit<Told, 'dead'> = {}
    act().then(
      (id) => page.dead || Object.assign(told, { id }),
      (error: unknown) => page.dead || Object.assign(told, { error: String(error) }),
    )
    await this.loop.settle()
    return { ...told, dead: page.dead }
  }
}

function nameOf({ page = 'first' }: At): string {
  return page
}

function replicaOf({ replica }: Page) {
  if (!replica) throw new Error('the page is not open yet')
  return replica
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, 'base64'))
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
