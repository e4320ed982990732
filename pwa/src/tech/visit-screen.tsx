/** T2, one visit: everything about it in one scroll, the one next step under the thumb. */
import type { VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Snapshot } from '../sync/types.ts'
import { hours } from './day-screen.tsx'
import { Frame, Sign } from './frame.tsx'
import { NextStep } from './next-step.tsx'
import { type Strip, waitingCount } from './strip.ts'
import { useUi } from './ui.ts'
import type { VisitView } from './visit.ts'
import { Access, Equipment, History, Notes, Steps } from './visit-sections.tsx'
import { useUnverified, Verification } from './with-verify.tsx'
import {
  Ahead,
  EquipmentWays,
  Materials,
  Outage,
  Photos,
  Requests,
  Signatures,
  StepWays,
} from './with-work.tsx'

export interface VisitProps {
  view: VisitView | null
  strip: Strip
  snapshot: Snapshot
  today: string
  /** The step to bring to the eye, from a link of what is missing. */
  focus: string
}

export function VisitScreen({ view, strip, snapshot, today, focus }: VisitProps): VNode {
  const { t } = useUi()
  const job = view ? snapshot.rows.get(view.card.key) : undefined
  const unverified = useUnverified(job)
  useEffect(() => {
    if (focus) document.getElementById(`step-${focus}`)?.focus()
  }, [focus])
  return (
    <Frame
      title={view?.card.client || t('visit.title')}
      strip={strip}
      waiting={waitingCount(snapshot)}
      tab="day"
      age={view ? hours(t, view.card.window) : ''}
      back="#/"
      foot={
        view && (
          <NextStep
            {...{ view, unverified }}
            job={job ?? {}}
            readOnly={isAhead(snapshot, view, today)}
          />
        )
      }
    >
      {view ? <Sections view={view} snapshot={snapshot} today={today} /> : <Unknown />}
    </Frame>
  )
}

function Sections({
  view,
  snapshot,
  today,
}: Pick<VisitProps, 'snapshot' | 'today'> & { view: VisitView }): VNode {
  const ahead = isAhead(snapshot, view, today)
  const closed = ahead || view.card.removed
  return (
    <>
      {view.card.removed && <Removed />}
      <Outage {...{ view, snapshot, today }} locked={closed} />
      <Access view={view} />
      <Ahead {...{ view, snapshot, today }} locked={closed} />
      <Steps view={view} locked={closed}>
        <StepWays {...{ view, snapshot, today }} locked={closed} />
      </Steps>
      <Equipment view={view} held={snapshot} locked={closed}>
        <EquipmentWays {...{ view, snapshot, today }} locked={closed} />
      </Equipment>
      <Materials {...{ view, snapshot, today }} locked={closed} />
      <Requests {...{ view, snapshot, today }} locked={closed} />
      <Photos {...{ view, snapshot, today }} locked={closed} />
      <Verification view={view} snapshot={snapshot} locked={closed} />
      <Signatures {...{ view, snapshot, today }} locked={closed} />
      <Notes view={view} today={today} locked={ahead} />
      <History view={view} today={today} />
    </>
  )
}

function Removed(): VNode {
  return <p class="note pending">{useUi().t('day.removed')}</p>
}

function Unknown(): VNode {
  return (
    <p class="card">
      <Sign name="alert" /> {useUi().t('visit.unknown')}
    </p>
  )
}

// The visits of the coming days are there to be read.
function isAhead(snapshot: Snapshot, view: VisitView, today: string): boolean {
  const date = snapshot.rows.get(view.card.key)?.date
  return typeof date === 'string' && date > today
}
