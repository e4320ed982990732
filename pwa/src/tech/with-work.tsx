/** The gestures of a visit that come after the day: one chunk, with words of its own. */
import type { VNode } from 'preact'
import type { Snapshot } from '../sync/types.ts'
import { inEach, useLater } from './later.ts'
import { useUi } from './ui.ts'
import type { VisitView } from './visit.ts'

export type Work = typeof import('../work/index.ts')

/** What a section of a visit is made of. */
export interface WorkSection {
  view: VisitView
  snapshot: Snapshot
  /** A local date. */
  today: string
  /** A visit that only is to be read. */
  locked: boolean
}

/** What is asked of the office on a visit: the activation of its line. */
export function Requests(props: WorkSection): VNode {
  const work = useWork()
  return <>{work && <work.Activation {...props} />}</>
}

export function loadWork(): Promise<Work> {
  return import('../work/index.ts')
}

export function useWork(): Work | null | undefined {
  return useLater(LOADS[useUi().t.lang])
}

const LOADS = inEach(loadWork)
