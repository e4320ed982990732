/** Whatever the network, the phone and the server do, every tap arrives once, in its order. */
import { expect, test } from 'vitest'
import type { Replica } from '../../src/sync/types.ts'
import { note, Phone, states } from './phone.ts'
import { type Mischief, refusal, Server } from './server.ts'

const STEPS = 40
const SEEDS = Array.from({ length: 25 }, (_, i) => i + 1)

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const NETWORKS: Mischief[] = [
  () => null,
  () => 'drop',
  () => 'lose-answer',
  () => refusal(503, 'busy', { 'Retry-After': '3' }),
  () => new Response('<html>', { status: 502 }),
  (request) => (request.mutations.length > 1 ? 'lose-answer' : null),
  (request) => (request.mutations.length > 2 ? refusal(400, 'unreadable') : null),
]

test.each(SEEDS)(
  'every tap arrives once and in order through the accidents of seed %i',
  async (seed) => {
    const random = numbers(seed)
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
    const server = new Server()
    const phone = new Phone(server)
    let replica: Replica = await phone.open()
    let epoch = 1
    const captured: string[] = []
    const acts: (() => Promise<unknown>)[] = [
      async () => captured.push(await replica.capture(note(`note ${captured.length}`))),
      async () => captured.push(await replica.capture(note(`note ${captured.length}`))),
      async () => (server.mischief = pick(NETWORKS)),
      async () => phone.clock.advance(Math.floor(random() * 120_000) - 30_000),
      async () => replica.syncNow(),
      async () => {
        replica.close() // the page dies, whatever was in flight
        replica = await phone.open()
      },
      async () => {
        if (random() < 0.3) server.restore(`e${++epoch}`, Math.floor(random() * 4))
      },
    ]

    for (let step = 0; step < STEPS; step++) await pick(acts)()
    server.mischief = () => null
    for (let i = 0; i < 6; i++) {
      phone.clock.advance(60_000)
      await replica.syncNow()
    }

    expect([...server.accepted].map((mutation) => mutation.id).sort()).toEqual([...captured].sort())
    expect(states(replica).filter((state) => state === 'local' || state === 'retry')).toEqual([])
    expect(replica.snapshot().items.map((item) => item.id)).toEqual(captured)
  },
)
