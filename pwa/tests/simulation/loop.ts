/**
 * One queue for all that a machine would do a little later, run in order until nothing is left.
 *
 * The fake database asks for its turns by `setImmediate`; hashing and compression are done by
 * other threads, whose order no seed repeats. While the loop is installed the first come here and
 * the second happen at once.
 */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'

/** More turns than any command takes: a phone that never comes to rest is a fault to be told. */
const MOST_TURNS = 200_000

const macrotask = globalThis.setImmediate

export class Loop {
  private tasks: (() => void)[] = []

  /** Take the place of the machine's own; the answer gives it back. */
  install(): () => void {
    const before = { setImmediate: globalThis.setImmediate, CompressionStream }
    const soon = (task: () => void): void => void this.tasks.push(task)
    Object.assign(globalThis, { setImmediate: soon, CompressionStream: GzipAtOnce })
    Object.defineProperty(crypto.subtle, 'digest', { value: digestAtOnce, configurable: true })
    return () => {
      Object.assign(globalThis, before)
      Reflect.deleteProperty(crypto.subtle, 'digest')
    }
  }

  /** Run everything that is due, and what comes of it; throws when that never ends. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      await promisesRun()
      const task = this.tasks.shift()
      if (!task) return
      task()
    }
    throw new Error('it never comes to rest')
  }

  /** What `work` comes to once everything is at rest. */
  async finished<T>(work: Promise<T>): Promise<T> {
    work.catch(() => undefined) // it is awaited below
    await this.settle()
    return work
  }
}

/** Every promise that can go on has gone on when the machine's next turn comes. */
function promisesRun(): Promise<void> {
  return new Promise((resolve) => {
    macrotask(resolve)
  })
}

async function digestAtOnce(_name: string, bytes: ArrayBuffer): Promise<ArrayBuffer> {
  return Uint8Array.from(createHash('sha256').update(new Uint8Array(bytes)).digest()).buffer
}

class GzipAtOnce extends TransformStream<Uint8Array, Uint8Array> {
  constructor() {
    const chunks: Uint8Array[] = []
    super({
      transform: (chunk) => void chunks.push(chunk),
      flush: (controller) => controller.enqueue(gzipSync(Buffer.concat(chunks))),
    })
  }
}
