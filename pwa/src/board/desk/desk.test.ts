import { expect, test } from 'vitest'
import { type Desk, openDesk } from './desk.ts'

const NOW = Date.UTC(2026, 10, 23, 19, 41)

interface Sent {
  url: string
  body: Record<string, unknown>
  headers: HeadersInit | undefined
}

function opened(...answers: (() => Response)[]): { desk: Desk; sent: Sent[]; asked: string[] } {
  const sent: Sent[] = []
  const asked: string[] = []
  const desk = openDesk({
    fetch: async (url, init) => {
      sent.push({ url, body: JSON.parse(String(init.body ?? '{}')), headers: init.headers })
      const answer = answers.shift()
      if (!answer) throw new TypeError('network')
      return answer()
    },
    now: () => NOW,
    sequence: () => 7,
    random: (bytes) => bytes.fill(sent.length + 1),
    refresh: () => asked.push('refresh'),
  })
  return { desk, sent, asked }
}

const json =
  (body: unknown, status = 200) =>
  () =>
    new Response(JSON.stringify(body), { status })
const applied = json({ outcome: 'applied', reason: '' })

test('a decision names the board it was made on, and the board is asked for again', async () => {
  const { desk, sent, asked } = opened(applied)

  const reply = await desk.decide('edit', 'job/1', { date: '2026-11-24' })

  expect(reply.outcome).toBe('applied')
  expect(sent[0]?.url).toBe('/board/api/mutations')
  expect(sent[0]?.headers).toMatchObject({ 'X-Terrain': '1' })
  expect(sent[0]?.body).toMatchObject({
    kind: 'edit',
    key: 'job/1',
    base: 7,
    made_at: NOW,
    args: { date: '2026-11-24' },
  })
  expect(asked).toEqual(['refresh'])
})

test('a decision whose answer was lost is the same one when it is tried again', async () => {
  const { desk, sent } = opened()
  const again = async (): Promise<string> =>
    desk.decide('edit', 'job/1', { priority: 'High' }).then(
      () => '',
      (error) => error.code,
    )

  expect([await again(), await again()]).toEqual(['network', 'network'])

  expect(sent[1]?.body).toEqual(sent[0]?.body)
})

test('two decisions that were answered are two, though they say the same', async () => {
  const { desk, sent } = opened(applied, applied)

  await desk.decide('note', 'job/1', { text: 'x' })
  await desk.decide('note', 'job/1', { text: 'x' })

  expect(sent[0]?.body.id).not.toBe(sent[1]?.body.id)
})

test.each([
  [json({ outcome: 'rejected', reason: 'too-late' }), 'too-late'],
  [json({ error: 'unreadable', reason: 'number' }, 400), 'number'],
  [json({ error: 'busy', reason: '' }, 503), 'busy'],
  [() => new Response('<html>', { status: 502 }), 'http-502'],
])('what is refused is told by its code', async (answer, code) => {
  const { desk } = opened(answer)

  await expect(desk.decide('note', 'job/1', { text: 'x' })).rejects.toMatchObject({ code })
})
