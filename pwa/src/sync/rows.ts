/** The pulled rows: deltas straight in, a snapshot staged and swapped in once it is whole. */
import { written } from './effects.ts'
import type { Conflict, SyncReply } from './protocol.ts'
import type { Pull } from './replica.ts'
import { asked, readAll, readOne } from './store.ts'
import type { Cells } from './types.ts'

export function readPull(tx: IDBTransaction): Promise<Pull | undefined> {
  return readOne<Pull>(tx, 'meta', 'pull')
}

/** The cursor to ask from: inside a snapshot that is still arriving, its own. */
export async function readCursor(tx: IDBTransaction): Promise<string> {
  return (await readOne<string>(tx, 'meta', 'stage')) ?? (await readPull(tx))?.cursor ?? ''
}

/** Put a reply's changes in place. Rows that leave while `held` names them stay in `removed`. */
export async function applyRows(
  tx: IDBTransaction,
  reply: SyncReply,
  held: ReadonlySet<string>,
): Promise<void> {
  const stage = await readOne<string>(tx, 'meta', 'stage')
  const pull = await readPull(tx)
  const { more = false, reset = false } = reply.changes
  await takeConflicts(tx, reply, reset)
  const staging = reset || stage !== undefined
  if (staging) await stagePage(tx, reply, reset)
  else await applyPage(tx, 'rows', reply)
  if (staging && more) {
    await asked(tx.objectStore('meta').put(reply.changes.cursor, 'stage'))
    return
  }
  if (staging) await swap(tx)
  await finishPage(tx, reply, pull)
  await sweepRemoved(tx, held)
}

/** Conflicts travel with the cursor. One is over once it comes back closed, or its record leaves. */
async function takeConflicts(tx: IDBTransaction, reply: SyncReply, reset: boolean): Promise<void> {
  const store = tx.objectStore('conflicts')
  const gone = new Set(goneIn(reply))
  for (const [id, { key }] of await readAll<Conflict>(tx, 'conflicts'))
    if (reset || gone.has(key)) await asked(store.delete(id))
  for (const conflict of reply.conflicts ?? []) {
    if (conflict.closed_at) await asked(store.delete(conflict.id))
    else await asked(store.put(conflict, conflict.id))
  }
}

async function stagePage(tx: IDBTransaction, reply: SyncReply, reset: boolean): Promise<void> {
  if (reset) await asked(tx.objectStore('stage').clear())
  await applyPage(tx, 'stage', reply)
}

async function applyPage(
  tx: IDBTransaction,
  name: 'rows' | 'stage',
  reply: SyncReply,
): Promise<void> {
  const store = tx.objectStore(name)
  for (const put of reply.changes.put ?? []) {
    const before = put.whole ? {} : ((await readOne<Cells>(tx, name, put.key)) ?? {})
    await asked(store.put(written(before, put.cells), put.key))
  }
  for (const key of goneIn(reply)) {
    const row = await readOne<Cells>(tx, name, key)
    if (row && name === 'rows') await asked(tx.objectStore('removed').put(row, key))
    await asked(store.delete(key))
  }
}

/** The staged snapshot becomes the rows; those it lacks become removed. */
async function swap(tx: IDBTransaction): Promise<void> {
  const rows = tx.objectStore('rows')
  const removed = tx.objectStore('removed')
  const fresh = await readAll<Cells>(tx, 'stage')
  for (const [key, row] of await readAll<Cells>(tx, 'rows'))
    if (!fresh.has(key)) await asked(removed.put(row, key))
  await asked(rows.clear())
  for (const [key, row] of fresh) await asked(rows.put(row, key))
  await asked(tx.objectStore('stage').clear())
  await asked(tx.objectStore('meta').delete('stage'))
}

async function finishPage(
  tx: IDBTransaction,
  reply: SyncReply,
  before: Pull | undefined,
): Promise<void> {
  const { cursor, sequence, epoch } = reply.changes
  const backedUp = reply.backed_up ?? before?.backedUp ?? 0
  const outages = reply.outages ?? []
  const pull: Pull = { cursor, sequence, epoch, at: reply.now, backedUp, outages }
  await asked(tx.objectStore('meta').put(pull, 'pull'))
}

/** A removed row stays only while it holds local work and has not come back. */
async function sweepRemoved(tx: IDBTransaction, held: ReadonlySet<string>): Promise<void> {
  const removed = tx.objectStore('removed')
  for (const key of await asked(removed.getAllKeys())) {
    const back = await asked(tx.objectStore('rows').getKey(key))
    if (back !== undefined || !held.has(String(key))) await asked(removed.delete(key))
  }
}

function goneIn(reply: SyncReply): string[] {
  return [...(reply.changes.remove ?? []), ...(reply.changes.delete ?? [])]
}
