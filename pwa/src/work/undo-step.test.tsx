/** Once a visit is finished its required steps stand, unless they are corrected with a reason. */
import { expect, test } from 'vitest'
import { NOW } from '../tech/fixtures.ts'
import { NextStep } from '../tech/next-step.tsx'
import { inUi, plain } from '../tech/rendered.ts'
import { Steps } from '../tech/visit-sections.tsx'
import { Anyway } from './anyway.tsx'
import { given } from './given.ts'
import { UndoStep } from './undo-step.tsx'
import { StepWays } from './ways.tsx'

const TICKED = { done: true, at: NOW, by: 'Marc' }
const DONE = { 'checked/s1': TICKED, 'checked/s2': TICKED }

test('a required step of a finished visit cannot be unticked, another one can', () => {
  const boxes = (status: string) => {
    const { view } = given({ status, ...DONE })
    const html = inUi(<Steps {...{ view }} locked={false} children={null} />)
    return [...html.matchAll(/<input[^>]*>/g)].map(([box]) => box.includes('disabled'))
  }

  expect(boxes('completed')).toEqual([true, false])
  expect(boxes('on_site')).toEqual([false, false])
})

test('the correction is offered for those steps alone', () => {
  expect(inUi(<StepWays {...given({ status: 'completed', ...DONE })} />)).toContain('/undo-step')
  expect(inUi(<StepWays {...given({ status: 'on_site', ...DONE })} />)).toBe('')
  const words = plain(inUi(<UndoStep {...given({ status: 'completed', ...DONE })} />))
  expect(words).toContain('Vérifier le signal')
  expect(words).not.toContain('Tester la vitesse')
})

test('a visit that lacks a step can be finished all the same, with a reason', () => {
  const { view } = given({ status: 'on_site', job_type: 'repair' })

  expect(view.next).toMatchObject({ kind: 'complete', missing: [{ id: 's1' }] })
  expect(
    plain(inUi(<NextStep {...{ view }} job={{}} unverified={false} readOnly={false} />)),
  ).toContain('Reste : Vérifier le signal')
  expect(inUi(<Anyway finish={() => undefined} />)).toMatch(/<button[^>]*disabled/)
})
