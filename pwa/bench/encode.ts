/**
 * The phone's own encoder as a program: phones with their edits come in on standard input as JSON,
 * the bodies of their requests go out, a line for each phone.
 */
import { stdout } from 'node:process'
import { text } from 'node:stream/consumers'
import { IDBFactory } from 'fake-indexeddb'
import { newEntry, newTap } from '../src/sync/capture.ts'
import type { Host } from '../src/sync/host.ts'
import { createMirror } from '../src/sync/mirror.ts'
import { keep, lineOf, readIdentity } from '../src/sync/outbox.ts'
import type { Mutation, SyncReply } from '../src/sync/protocol.ts'
import { apply, load } from '../src/sync/replica.ts'
import { type Context, FIRST_PACE, hasMutations, syncRound } from '../src/sync/round.ts'
import { asked, createStore, type Store } from '../src/sync/store.ts'
import type { Live } from '../src/sync/view.ts'

/**
 * A phone that pulled up to there and then lost the network; edits are made at `at` (UTC ms). Its
 * requests are of `sizes` mutations, then of `limit`.
 */
interface Offline {
  device: string
  technician: string
  limit: number
  sizes: number[]
  pulled: { cursor: string; sequence: number; epoch: string }
  edits: { kind: string; key: string; args: Record<string, unknown>; at: number; chance: string }[]
}

interface Body {
  ids: string[]
  gzip: boolean
  base64: string
}

async function encode(phone: Offline): Promise<Body[]> {
  const device = new Device()
  const store = createStore(device.host, phone.technician)
  await begin(store, phone)
  const kept = await load(store)
  for (const { kind, key, args, at, chance } of phone.edits) {
    device.now = at
    device.chance = Uint8Array.from(Buffer.from(chance, 'hex'))
    const entry = newEntry(newTap(device.host, kept), { kind, key, args, blobs: [] })
    await keep(store, entry, [])
  }
  await drain(device, store, phone)
  store.close()
  return device.sent
}

async function begin(store: Store, phone: Offline): Promise<void> {
  await store.write(['meta'], async (tx) => {
    const identity = { ...(await readIdentity(tx)), device: phone.device }
    await asked(tx.objectStore('meta').put(identity, 'identity'))
  })
  const now = phone.edits[0]?.at ?? 0
  const reply = { now, changes: { ...phone.pulled } } as SyncReply
  const { identity } = await load(store)
  await apply(store, { reply, cursor: '', line: lineOf(identity), now, offset: 0 })
}

async function drain(device: Device, store: Store, phone: Offline): Promise<void> {
  let kept = await load(store)
  const context: Context = {
    host: device.host,
    store,
    mirror: createMirror(device.host, phone.technician),
    live: offline(),
    pace: { ...FIRST_PACE, limit: phone.limit },
    app: '0.1.0',
    kept: () => kept,
    refresh: async () => {
      kept = await load(store)
    },
    changed: () => undefined,
  }
  const sizes = [...phone.sizes]
  while (hasMutations(context)) {
    context.pace.limit = sizes.shift() ?? phone.limit
    await syncRound(context)
  }
}

function offline(): Live {
  return {
    sending: new Set(),
    retryAt: null,
    reason: '',
    drain: { state: 'idle' },
    reachable: false,
    storage: 'ok',
    evicted: false,
    seen: new Set(),
  }
}

/** A browser whose network keeps what is sent, and answers that all of it was applied. */
class Device {
  now = 0
  chance: Uint8Array = new Uint8Array(16)
  sent: Body[] = []
  readonly host: Host

  constructor() {
    this.host = {
      fetch: (_url, init) => this.answer(init ?? {}),
      now: () => this.now,
      random: () => this.chance,
      indexedDB: new IDBFactory(),
      after: () => () => undefined,
      storage: null,
      locks: null,
      channel: () => ({ tell: () => undefined, close: () => undefined }),
      visible: () => true,
      wakes: () => () => undefined,
      wakeLater: () => undefined,
      backgroundSyncs: () => () => undefined,
      pokes: () => () => undefined,
    }
  }

  private async answer(init: RequestInit): Promise<Response> {
    const gzip = typeof init.body !== 'string'
    const bytes = Buffer.from(await new Response(init.body ?? '').arrayBuffer())
    const plain = gzip ? await inflated(bytes) : bytes.toString()
    const { cursor, mutations } = JSON.parse(plain) as { cursor: string; mutations: Mutation[] }
    const ids = mutations.map(({ id }) => id)
    this.sent.push({ ids, gzip, base64: bytes.toString('base64') })
    const verdicts = ids.map((id) => [id, 'applied', { sequence: 1 }])
    const changes = { cursor, sequence: 1, epoch: '' }
    return Response.json({ now: this.now, verdicts, changes })
  }
}

async function inflated(bytes: Buffer): Promise<string> {
  const stream = new Blob([new Uint8Array(bytes)]).stream()
  return new Response(stream.pipeThrough(new DecompressionStream('gzip'))).text()
}

for (const phone of JSON.parse(await text(process.stdin)) as Offline[])
  stdout.write(`${JSON.stringify(await encode(phone))}\n`)
