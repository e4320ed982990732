/** What outlives the pages of one phone: databases, small storage, locks, time. */
import { deserialize, serialize } from 'node:v8'
import { IDBFactory } from 'fake-indexeddb'
import { type Copy, copyAll, plantAll } from './copy.ts'
import { Locks } from './locks.ts'
import type { Page } from './page.ts'

interface Timer {
  at: number
  page: Page
  run: () => void
}

export class Profile {
  factory: IDBFactory = new IDBFactory()
  small = new Map<string, string>()
  readonly locks = new Locks()
  readonly pages = new Map<string, Page>()
  /** What the device shows, UTC ms. */
  clock = 0
  /** What has passed, ms, whatever the device was made to show. */
  private passed = 0
  private timers: Timer[] = []

  after(page: Page, ms: number, run: () => void): () => void {
    const timer = { at: this.passed + ms, page, run }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((other) => other !== timer)
    }
  }

  /** Let time go by until the next timer, at most `ms`; what is left, or null when none was due. */
  elapse(ms: number): number | null {
    const due = this.timers.filter(({ at }) => at <= this.passed + ms)
    const first = due.reduce<Timer | null>((a, b) => (a && a.at <= b.at ? a : b), null)
    const step = first ? Math.max(0, first.at - this.passed) : ms
    this.passed += step
    this.clock += step
    this.timers = this.timers.filter((timer) => timer !== first)
    first?.run()
    return first && ms - step
  }

  /** A page is gone, with its timers and locks. */
  drop(page: Page): void {
    this.timers = this.timers.filter((timer) => timer.page !== page)
    this.locks.release(page)
    for (const [name, other] of this.pages) if (other === page) this.pages.delete(name)
  }

  async exported(): Promise<Buffer> {
    return serialize({ small: [...this.small], databases: await copyAll(this.factory) })
  }

  /** Become what was exported; no page is open. */
  async imported(bytes: Buffer): Promise<void> {
    const { small, databases } = deserialize(bytes) as {
      small: [string, string][]
      databases: Copy[]
    }
    this.small = new Map(small)
    this.factory = new IDBFactory()
    await plantAll(this.factory, databases)
  }
}
