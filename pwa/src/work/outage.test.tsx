/** A known outage stands on the visits of its sector. */
import { expect, test } from 'vitest'
import { NOW } from '../tech/fixtures.ts'
import { inUi, plain } from '../tech/rendered.ts'
import { given } from './given.ts'
import { Outage } from './outage.tsx'

test('a visit says the outage of its place and since when; another visit says nothing', () => {
  const props = given({})
  const banner = (place: string) => {
    const outages = [{ place, since: NOW, text: 'OLT Mercier' }]
    return inUi(<Outage {...props} snapshot={{ ...props.snapshot, outages }} />)
  }

  expect(plain(banner('location/l1'))).toMatch(/Panne connue dans le secteur depuis 14 h 05 .*OLT/)
  expect(banner('location/l2')).toBe('')
})
