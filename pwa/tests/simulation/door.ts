/**
 * A page's way to the databases of its profile. It counts what the page commits, and shuts when
 * the page dies: what was under way is undone, and nothing comes after it.
 */

/**
 * What happens at the `commits`-th commit from now. The page dies with it (`kept`) or just before
 * it (`lost`); or the transaction fails, as on a full disk, and the page lives on (`refused`).
 */
export interface Accident {
  commits: number
  how: 'kept' | 'lost' | 'refused'
}

export class Door {
  private accident: Accident | null = null
  private shut = false
  private connections = new Set<IDBDatabase>()
  private running = new Set<IDBTransaction>()
  private readonly factory: IDBFactory
  private readonly onDeath: () => void

  constructor(factory: IDBFactory, onDeath: () => void) {
    this.factory = factory
    this.onDeath = onDeath
  }

  /** What the page gets for an IDBFactory: all that the sync asks of one is to open. */
  indexedDB(): IDBFactory {
    return { open: (name: string, version: number) => this.open(name, version) } as IDBFactory
  }

  arm(accident: Accident): void {
    this.accident = { ...accident }
  }

  close(): void {
    this.shut = true
    for (const tx of this.running) abort(tx)
    for (const db of this.connections) db.close()
  }

  private open(name: string, version: number): IDBOpenDBRequest {
    if (this.shut) return {} as IDBOpenDBRequest // it never comes to anything
    const request = this.factory.open(name, version)
    request.addEventListener('success', () => this.watch(request.result))
    return request
  }

  private watch(db: IDBDatabase): void {
    if (this.shut) db.close()
    const begin = db.transaction.bind(db)
    this.connections.add(db)
    db.transaction = (...args) => {
      if (this.shut) throw new DOMException('the page has died', 'InvalidStateError')
      return this.follow(begin(...args))
    }
  }

  private follow(tx: IDBTransaction): IDBTransaction {
    const how = tx.mode === 'readwrite' ? this.comesNow() : null
    this.running.add(tx)
    tx.addEventListener('abort', () => this.running.delete(tx))
    tx.addEventListener('complete', () => {
      this.running.delete(tx)
      if (how && !this.shut) this.end(tx, how)
    })
    if (how === 'refused') setImmediate(() => abort(tx))
    return tx
  }

  private comesNow(): Accident['how'] | null {
    if (!this.accident || --this.accident.commits > 0) return null
    const { how } = this.accident
    this.accident = null
    return how
  }

  private end(tx: IDBTransaction, how: Accident['how']): void {
    if (how === 'lost') undo(tx)
    this.onDeath()
  }
}

// The event comes before anybody else can read what was written; the fake keeps the way back.
function undo(tx: IDBTransaction): void {
  const { _rollbackLog } = tx as unknown as { _rollbackLog: (() => void)[] }
  for (const step of _rollbackLog.reverse()) step()
}

function abort(tx: IDBTransaction): void {
  try {
    tx.abort()
  } catch {
    // It has already ended.
  }
}
