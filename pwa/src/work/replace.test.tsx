/** A device is replaced: the old one is known or typed, its return is asked once. */
import { expect, test } from 'vitest'
import { NOW, rowsWith } from '../tech/fixtures.ts'
import { inUi } from '../tech/rendered.ts'
import { parseRoute } from '../tech/route.ts'
import { fittedAt } from './fitted.ts'
import { given } from './given.ts'
import { Replace } from './replace.tsx'

const line = (serial: string, more = {}) => ({ action: 'install', serial, at: NOW, ...more })

test('what an earlier visit of the place put in is what comes out', () => {
  const rows = rowsWith({})
  rows.set('job/b', { location: 'location/l1', 'equipment/e1': line('TPLGA1B2C3D4') })
  rows.set('job/c', { location: 'location/l2', 'equipment/e2': line('TPLGA1B2C3D5') })

  expect(fittedAt(rows, 'job/a')).toEqual(['TPLGA1B2C3D4'])
})

test('what was taken out, replaced or corrected is no longer in place', () => {
  const rows = rowsWith({
    'equipment/e1': line('OLD00001'),
    'equipment/e2': line('NEW00001', { action: 'replace', replaces: 'OLD00001', at: NOW + 1 }),
    'equipment/e3': line('WRONG001', { superseded: 'c1' }),
    'equipment/e4': line('NEW00002', { action: 'remove' }),
  })

  expect(fittedAt(rows, 'job/a')).toEqual(['NEW00001'])
})

test('the one known device is picked already, and without state and reason nothing is scanned', () => {
  const html = inUi(<Replace {...given({ 'equipment/e1': line('TPLGA1B2C3D4') })} />)

  expect(html).toMatch(/<input[^>]*checked/)
  expect(html).not.toContain('/swap/')
})

test('the address of a swap holds what comes out and how', () => {
  const swap = { action: 'replace', replaces: 'A1', returned: 'faulty', returned_why: 'en/panne' }

  expect(parseRoute('#/job/a/swap/A1/faulty/en%2Fpanne')).toEqual({
    screen: 'scan',
    key: 'job/a',
    swap,
  })
  expect(parseRoute('#/job/a/swap-type/A1/faulty/en%2Fpanne')).toMatchObject({
    screen: 'type',
    swap,
  })
})
