/** The golden pushes, by which the server of these tests answers as the real one does. */
import { expect, test } from 'vitest'
import type { SyncReply } from '../../src/sync/protocol.ts'
import { Server } from './server.ts'
import { golden } from './vectors.ts'

type Verdict = NonNullable<SyncReply['verdicts']>[number]

interface PushCase {
  name: string
  pushes: Push[]
}

interface Push {
  device?: string
  epoch?: number
  send: { seq: number; id: string; text?: string }[]
  verdicts: string[]
  refusal?: string
  expect?: number
}

test.each(golden<PushCase>('push'))('$name', async ({ pushes }) => {
  const server = new Server()
  const first = new Map<string, Verdict>()

  for (const push of pushes) {
    const { verdicts = [], refusal, expect: next } = await send(server, push)

    const words = verdicts.map((verdict) => word(first, verdict))
    const wanted = { words: push.verdicts, refusal: push.refusal, next: push.expect }
    expect({ words, refusal, next }).toEqual(wanted)
  }

  expect(server.accepted.map((mutation) => mutation.id)).toEqual([...first.keys()])
})

async function send(server: Server, push: Push): Promise<SyncReply> {
  const { device = 'd1', epoch = 1 } = push
  const mutations = push.send.map(({ seq, id, text = `note ${id}` }) => {
    return { id, seq, kind: 'note', key: 'job/1', base: 0, made_at: 1_000, args: { text } }
  })
  const body = JSON.stringify({ device, epoch, cursor: '', mutations })
  const response = await server.fetch('/api/sync', { method: 'POST', body })
  return (await response.json()) as SyncReply
}

function word(first: Map<string, Verdict>, verdict: Verdict): string {
  const [id, outcome, { reason }] = verdict
  if (outcome === 'rejected' && reason === 'mutated') return 'mutated'
  const stored = first.get(id)
  if (!stored) first.set(id, verdict)
  if (!stored) return 'new'
  return JSON.stringify(stored) === JSON.stringify(verdict) ? 'stored' : 'another'
}
