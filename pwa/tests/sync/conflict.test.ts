/** Conflicts and verdicts on the phone: until somebody has decided, and once. */
import { expect, test } from 'vitest'
import type { Conflict, SyncReply } from '../../src/sync/protocol.ts'
import { note, opened } from './phone.ts'
import { json } from './server.ts'

const delta = (sequence: number, rest: Partial<SyncReply['changes']>): SyncReply['changes'] => ({
  cursor: `e1.${sequence}`,
  sequence,
  epoch: 'e1',
  ...rest,
})

test('a conflict stays until it comes back closed', async () => {
  const { server, replica } = await opened()
  const conflict: Conflict = {
    id: 'c1',
    key: 'job/1',
    path: 'status',
    base: 'todo',
    mine: 'completed',
    theirs: 'cancelled',
    mutation: 'm1',
    author: 'Marc Tremblay',
    other_author: 'Bureau',
    made_at: 1,
    other_at: 2,
  }
  server.conflicts = [conflict]
  server.pages = [delta(20, { put: [{ key: 'job/1', cells: { status: 'cancelled' } }] })]
  await replica.syncNow()
  server.conflicts = []
  server.pages = [delta(21, { put: [{ key: 'job/1', cells: { status: 'on_hold' } }] })]
  await replica.syncNow()
  expect(replica.snapshot().conflicts).toMatchObject([
    { id: 'c1', otherAuthor: 'Bureau', soft: false },
  ])

  server.conflicts = [{ ...conflict, closed_at: 5, closed_by: 'Bureau', choice: 'mine' }]
  server.pages = [delta(22, { put: [{ key: 'job/1', cells: { status: 'completed' } }] })]
  await replica.syncNow()

  expect(replica.snapshot().conflicts).toEqual([])
})

test('once its conflict is closed a mutation waits for the file like any other', async () => {
  const { server, replica } = await opened()
  const clash = (id: string, more: Partial<Conflict>): Conflict => ({
    ...{ id: 'c1', key: 'job/1', path: 'status', base: 'todo', mine: 'on_site' },
    ...{ theirs: 'cancelled', mutation: id, author: 'Marc', other_author: 'Bureau' },
    ...{ made_at: 1, other_at: 2 },
    ...more,
  })
  server.mischief = (request) => {
    const [sent] = request.mutations as { id: string }[]
    if (!sent) return null
    const verdicts = [[sent.id, 'conflict', { sequence: 20, conflict: 'c1' }]]
    return json({ now: 1, verdicts, changes: delta(20, {}), conflicts: [clash(sent.id, {})] })
  }
  const id = await replica.capture({ kind: 'status', key: 'job/1', args: { to: 'en_route' } })
  await replica.syncNow()
  const state = () => replica.snapshot().items.find((item) => item.id === id)?.state
  expect(state()).toBe('conflict')

  server.mischief = () => null
  server.conflicts = [clash(id, { closed_at: 5, closed_by: 'Bureau', choice: 'mine' })]
  server.pages = [delta(22, {})]
  await replica.syncNow()

  expect(state()).toBe('received')
  expect(replica.snapshot().conflicts).toEqual([])
})

test('a second verdict of a mutation changes nothing', async () => {
  const { server, replica } = await opened()
  const id = await replica.capture(note('une'))
  await replica.syncNow()
  server.mischief = () =>
    json({
      now: server.now,
      verdicts: [[id, 'rejected', { reason: 'bad-args' }]],
      changes: delta(12, {}),
    })

  await replica.syncNow()

  expect(replica.snapshot().items.map(({ state }) => state)).toEqual(['received'])
})
