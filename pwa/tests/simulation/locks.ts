/** Web Locks of one browser profile, as far as the drain uses them: `ifAvailable` and `steal`. */

type Run<T> = (lock: Lock | null) => Promise<T>

interface Held {
  page: object
  steal(): void
}

export class Locks {
  private held = new Map<string, Held>()

  /** What `page` gets for a LockManager. */
  of(page: object): Pick<LockManager, 'request'> {
    const request = <T>(name: string, options: LockOptions, run: Run<T>): Promise<T> =>
      this.request(page, name, options, run)
    return { request } as Pick<LockManager, 'request'>
  }

  /** A page that dies lets go of everything. */
  release(page: object): void {
    for (const [name, { page: holder }] of this.held) if (holder === page) this.held.delete(name)
  }

  private async request<T>(page: object, name: string, options: LockOptions, run: Run<T>) {
    const before = this.held.get(name)
    if (before && !options.steal) return run(null)
    before?.steal()
    return new Promise<T>((resolve, reject) => {
      const held = { page, steal: () => reject(new DOMException('stolen', 'AbortError')) }
      this.held.set(name, held)
      run({ name, mode: 'exclusive' })
        .finally(() => this.held.get(name) === held && this.held.delete(name))
        .then(resolve, reject)
    })
  }
}
