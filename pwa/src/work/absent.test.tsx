/** Nobody opens: what was tried is shown with its time, the wait counts, the visit can end. */
import { expect, test } from 'vitest'
import { item, NOW, rowsWith } from '../tech/fixtures.ts'
import { inUi, plain } from '../tech/rendered.ts'
import { attemptsOf, elapsed, waitingSince } from './absence.ts'
import { Absent } from './absent.tsx'
import { given } from './given.ts'

const MINUTE_MS = 60_000
const CALL = { how: 'call', at: NOW, by: 'Marc' }
const ARRIVED = { 'marks/m1': { to: 'on_site', at: NOW - 12 * MINUTE_MS, by: 'Marc' } }

test('each attempt stands with its time and its state', () => {
  const call = item('local', { id: 'a1', kind: 'attempt' })
  const props = given({ status: 'on_site', 'attempts/a1': CALL }, [call])

  expect(plain(inUi(<Absent {...props} />))).toMatch(/Appel 14 h 05 .*Sur l'appareil/)
})

test('the wait is counted from the arrival, without one from the first attempt', () => {
  const since = (cells: Record<string, unknown>) => {
    const { view, snapshot, jobKey } = given({ status: 'on_site', ...cells })
    return waitingSince(view, attemptsOf(snapshot.rows.get(jobKey) ?? {}, []))
  }

  expect(since({ ...ARRIVED, 'attempts/a1': CALL })).toBe(NOW - 12 * MINUTE_MS)
  expect(since({ 'attempts/a1': CALL })).toBe(NOW)
  expect(since({})).toBeNull()
  expect([elapsed(0, 725_000), elapsed(5_000, 0)]).toEqual(['12:05', '0:00'])
})

test('the text is written to the customer, in his language', () => {
  const props = given({ status: 'on_site' })
  const rows = rowsWith({ status: 'on_site' })
  rows.set('contact/c1', { phone: '450 555-0101', language: 'en-CA' })
  const english = { ...props, snapshot: { ...props.snapshot, rows } }

  expect(decodeURIComponent(inUi(<Absent {...props} />))).toMatch(/sms:[^?]+\?&(amp;)?body=Bonjour/)
  expect(decodeURIComponent(inUi(<Absent {...english} />))).toContain('Hello, your technician')
})

test('a visit that may not end so says it, and offers no end', () => {
  const html = inUi(<Absent {...given({ status: 'completed' })} />)

  expect(plain(html)).toContain('doit être en route, sur place ou en attente')
  expect(html).not.toContain('i-not_completed')
  expect(inUi(<Absent {...given({ status: 'on_site' })} />)).toContain('i-not_completed')
})
