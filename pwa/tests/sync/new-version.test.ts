/** A newer version of the app changes the database while an old page is still open. */
import { expect, test } from 'vitest'
import { note, opened, type Phone, states } from './phone.ts'

/** What a newer version does first: its own shape of the database. */
function upgraded(phone: Phone): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = phone.factory.open('terrain-marc', 2)
    opening.onupgradeneeded = () => opening.result.createObjectStore('newer')
    opening.onblocked = () => reject(new Error('the old page keeps it closed'))
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => resolve(opening.result)
  })
}

function outboxOf(db: IDBDatabase): Promise<unknown[]> {
  return new Promise((resolve) => {
    const rows = db.transaction('outbox').objectStore('outbox').getAll()
    rows.onsuccess = () => resolve(rows.result)
  })
}

test('an old page makes way for a newer database, and writes nothing into it', async () => {
  const { phone, replica } = await opened()
  await replica.capture(note('avant'))
  phone.skipPauses()

  const newer = await upgraded(phone)
  const before = await outboxOf(newer)
  await replica.capture(note('après'))

  expect(await outboxOf(newer)).toEqual(before)
  expect(states(replica).at(-1)).toBe('local')
  expect(phone.local.get('terrain-mirror-marc')).toContain('après')
})
