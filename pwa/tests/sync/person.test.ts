/** Whose phone it is, whatever became of its database. */
import { IDBDatabase } from 'fake-indexeddb'
import { afterEach, expect, test, vi } from 'vitest'
import { browserHost, type Host } from '../../src/sync/host.ts'
import { lastPerson } from '../../src/sync/index.ts'
import { rememberPerson } from '../../src/sync/session.ts'
import { opened, Phone } from './phone.ts'
import { Server } from './server.ts'

afterEach(() => vi.restoreAllMocks())

/** The browser's database server is gone: transactions fail, `times` of them; pauses pass at once. */
function breakDatabase(phone: Phone, times = Number.POSITIVE_INFINITY): void {
  const { transaction } = IDBDatabase.prototype
  let left = times
  vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
    this: IDBDatabase,
    ...args: Parameters<typeof transaction>
  ) {
    // The fake opens its own upgrades by the same door.
    if (args[1] !== 'versionchange' && left-- > 0)
      throw new DOMException('Connection to server lost', 'UnknownError')
    return transaction.apply(this, args)
  })
  phone.skipPauses()
}

const hostOf = (phone: Phone, given: Partial<Host> = {}): Host =>
  browserHost({ ...phone.host(), ...given })

const MARC = { technician: 'marc', name: 'Marc Tremblay', device: 'd1' }

test('a dead database does not hide whose phone this is', async () => {
  const { phone } = await opened()
  breakDatabase(phone)

  expect(await lastPerson(phone.host())).toEqual(MARC)
})

test('a phone that dies before its small storage is written knows its person still', async () => {
  const phone = new Phone(new Server())
  await rememberPerson(hostOf(phone, { storage: null }), MARC)

  expect(await lastPerson(phone.host())).toEqual(MARC)
})

test('a phone that dies as it changes hands is its new technician’s', async () => {
  const phone = new Phone(new Server())
  await rememberPerson(hostOf(phone), { ...MARC, technician: 'julie' })
  await rememberPerson(hostOf(phone, { storage: null }), MARC)

  expect(await lastPerson(phone.host())).toEqual(MARC)
})

test('a database that neither opens nor fails does not hold up an offline page', async () => {
  const phone = new Phone(new Server())
  vi.spyOn(phone.factory, 'open').mockReturnValue({} as IDBOpenDBRequest)

  const asked = lastPerson(phone.host())
  phone.clock.advance(3_000)

  expect(await asked).toBeNull()
})

test('asking a new phone whose it is leaves no database behind', async () => {
  const phone = new Phone(new Server())

  expect(await lastPerson(phone.host())).toBeNull()
  expect(await phone.factory.databases()).toEqual([])
})
