/** What a technician takes back, or sends again. */
import { expect, test } from 'vitest'
import { note, opened, states } from './phone.ts'

test('what never left the phone is withdrawn; what may have left it is compensated', async () => {
  const { server, replica } = await opened()
  server.mischief = () => 'drop'
  const sent = await replica.capture({
    kind: 'tag',
    key: 'job/1',
    args: { tag: 'chien', on: true },
  })
  await replica.syncNow()

  await replica.abandon(sent, 'erreur')

  expect(replica.snapshot().items.map((item) => item.args)).toEqual([
    { tag: 'chien', on: true },
    { tag: 'chien', on: false },
  ])
  expect(replica.snapshot().rows.get('job/1')).not.toHaveProperty('tags/chien')
})

test('a note that may have been sent cannot be abandoned in silence', async () => {
  const { server, replica } = await opened()
  server.mischief = () => 'drop'
  const id = await replica.capture(note('une'))
  await replica.syncNow()

  await expect(replica.abandon(id, 'erreur')).rejects.toThrow('already-sent')
})

test('a rejected mutation goes again under a new id and the old one is set aside', async () => {
  const { server, replica } = await opened()
  const accept = server.verdict
  server.verdict = (mutation) => [mutation.id, 'rejected', { reason: 'unknown-record' }]
  const id = await replica.capture(note('une'))
  await replica.syncNow()
  expect(replica.snapshot().items[0]).toMatchObject({ state: 'rejected', reason: 'unknown-record' })
  server.verdict = accept

  await replica.retry(id)
  await replica.syncNow()

  expect(states(replica)).toEqual(['abandoned', 'received'])
})
