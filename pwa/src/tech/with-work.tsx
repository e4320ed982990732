/** The gestures of a visit that come after the day: one chunk, with words of its own. */
import type { VNode } from 'preact'
import type { Cells, Snapshot } from '../sync/types.ts'
import type { Owed } from '../work/owed.ts'
import type { Local } from './day.ts'
import { Frame } from './frame.tsx'
import { inEach, useLater } from './later.ts'
import { type Strip, waitingCount } from './strip.ts'
import { useUi } from './ui.ts'
import { type VisitView, visitView } from './visit.ts'
import { Away } from './with-verify.tsx'

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

/** A gesture that has a screen of its own, on the visit `jobKey`. */
export interface WorkProps {
  jobKey: string
  part: string
  view: VisitView
  snapshot: Snapshot
  today: string
}

interface ScreenProps {
  jobKey: string
  part: string
  local: Local
  strip: Strip
  snapshot: Snapshot
  today: string
}

export function WorkScreen(props: ScreenProps): VNode {
  const { t } = useUi()
  const work = useWork()
  const { jobKey, part, local, strip, snapshot } = props
  const view = visitView(snapshot.rows, jobKey, snapshot.items, local)
  const Screen = work?.screenOf(part)
  return (
    <Frame
      title={work?.titleOf(part, t.lang) ?? t('visit.title')}
      strip={strip}
      waiting={waitingCount(snapshot)}
      tab="day"
      age={view?.card.client ?? ''}
      back={`#/${jobKey}`}
    >
      {!view && <p class="card">{t('visit.unknown')}</p>}
      {work === null && <Away />}
      {Screen && view && <Screen {...props} view={view} />}
    </Frame>
  )
}

/** What is out where the visit is. */
export function Outage(props: WorkSection): VNode {
  const work = useWork()
  return <>{work && <work.Outage {...props} />}</>
}

/** What is asked of the office on a visit: the activation of its line. */
export function Requests(props: WorkSection): VNode {
  const work = useWork()
  return <>{work && <work.Activation {...props} />}</>
}

/** What a technician on the way tells the customer; and the other steps of the same order. */
export function Ahead(props: WorkSection): VNode {
  const work = useWork()
  return (
    <>
      {work && <work.Tell {...props} />}
      {work && <work.Chain {...props} />}
    </>
  )
}

/** What was used on a visit, counted. */
export function Materials(props: WorkSection): VNode {
  const work = useWork()
  return <>{work && <work.Materials {...props} />}</>
}

/** The photos of a visit, each with what it must show. */
export function Photos(props: WorkSection): VNode {
  const work = useWork()
  return <>{work && <work.Photos {...props} />}</>
}

/** What can still be done about the steps of a finished visit. */
export function StepWays(props: WorkSection): VNode {
  const work = useWork()
  return <>{work && <work.StepWays {...props} />}</>
}

/** What the end of a visit still asks for besides its steps: each has a screen of its own. */
export function useOwed(view: VisitView, job: Cells): readonly Owed[] {
  const { t } = useUi()
  return useWork()?.owedOf(view, job, t.lang) ?? []
}

/** What comes after a device is in place. */
export function AfterSerial(props: { jobKey: string; job: Cells }): VNode {
  const work = useWork()
  return <>{work && <work.AfterSerial {...props} />}</>
}

/** To end a visit though something is missing; `finish` gets the reason. */
export function Anyway(props: { finish(reason: string): void }): VNode {
  const work = useWork()
  return <>{work && <work.Anyway {...props} />}</>
}

/** The other ways with the equipment of a visit: to correct a number, to replace a piece. */
export function EquipmentWays(props: WorkSection): VNode {
  const work = useWork()
  return <>{work && <work.EquipmentWays {...props} />}</>
}

/** The customer's word. */
export function Signatures(props: WorkSection): VNode {
  const work = useWork()
  return <>{work && <work.Signatures {...props} />}</>
}

/** What of the day is on file. */
export function Proof(props: { snapshot: Snapshot; today: string }): VNode {
  const work = useWork()
  return <>{work && <work.Proof {...props} />}</>
}

/** The dress of the page for the sun. */
export function Sun(): VNode {
  const work = useWork()
  return <>{work && <work.Sun />}</>
}

export function loadWork(): Promise<Work> {
  return import('../work/index.ts')
}

export function useWork(): Work | null | undefined {
  return useLater(LOADS[useUi().t.lang])
}

const LOADS = inEach(loadWork)
