/** Two technicians on one phone: each has a database, and neither's work is lost or sent as the other's. */
import { afterEach, expect, test, vi } from 'vitest'
import { others } from '../../src/device/others.ts'
import { note, Phone } from './phone.ts'
import { Server } from './server.ts'

afterEach(() => vi.unstubAllGlobals())

function shared() {
  const server = new Server()
  const phone = new Phone(server)
  vi.stubGlobal('localStorage', {
    getItem: (key: string) =>
      key === 'terrain-names' ? JSON.stringify({ marc: 'Marc Tremblay' }) : null,
  })
  return { server, phone }
}

test('a second technician sees whose work waits and how much, and sends none of it', async () => {
  const { server, phone } = shared()
  server.mischief = () => 'drop'
  const marc = await phone.open()
  await marc.capture(note('de Marc'))
  await marc.syncNow()
  marc.close()
  server.mischief = () => null

  const julie = await phone.open({ technician: 'julie', name: 'Julie Côté', device: 'd2' })
  await julie.syncNow()

  expect(await others('julie', phone.factory)).toEqual([{ name: 'Marc Tremblay', unsent: 1 }])
  expect(julie.snapshot().items).toEqual([])
  expect(server.accepted).toEqual([])
})

test('once the first one is back on the phone, his work leaves under his own session', async () => {
  const { server, phone } = shared()
  server.mischief = () => 'drop'
  const before = await phone.open()
  const id = await before.capture(note('de Marc'))
  await before.syncNow()
  before.close()
  server.mischief = () => null
  const julie = await phone.open({ technician: 'julie', name: 'Julie Côté', device: 'd2' })
  await julie.syncNow()
  julie.close()

  const marc = await phone.open({ device: 'd3' })
  await marc.syncNow()

  expect(server.accepted.map((mutation) => mutation.id)).toEqual([id])
  expect(server.requests.at(-1)?.device).toBe('d3')
  expect(await others('julie', phone.factory)).toEqual([])
})
