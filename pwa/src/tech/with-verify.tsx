/** The check of a customer's line: its screen and its words are one chunk, which comes after the day. */
import type { VNode } from 'preact'
import type { Cells, Snapshot } from '../sync/types.ts'
import { clientOf } from './cells.ts'
import { Frame } from './frame.tsx'
import { inEach, useLater } from './later.ts'
import { type Strip, waitingCount } from './strip.ts'
import { useUi } from './ui.ts'
import type { VisitView } from './visit.ts'

export type Verify = typeof import('../verify/index.ts')

export interface VerifyProps {
  jobKey: string
  snapshot: Snapshot
  /** UTC ms by the server's clock, as far as the phone knows it. */
  now: number
  /** A local date. */
  today: string
}

/** T5: the frame at once, what stands in it once the chunk is here. */
export function VerifyScreen(props: VerifyProps & { strip: Strip }): VNode {
  const { jobKey, snapshot, strip } = props
  const verify = useVerify()
  const { t } = useUi()
  const title = t('visit.verification')
  const waiting = waitingCount(snapshot)
  const client = clientOf(snapshot.rows, snapshot.rows.get(jobKey) ?? {})
  const foot = verify && <verify.Again {...props} />
  return (
    <Frame {...{ title, strip, waiting, foot }} tab="day" age={client} back={`#/${jobKey}`}>
      {verify ? <verify.Check {...props} /> : verify === null && <Away />}
    </Frame>
  )
}

/** What was never fetched, where there is no network. */
export function Away(): VNode {
  return <p class="card">{useUi().t('app.not_here')}</p>
}

/** The visit's line about its check. */
export function Verification(props: {
  view: VisitView
  snapshot: Snapshot
  locked: boolean
}): VNode {
  const verify = useVerify()
  return <>{verify && <verify.Section {...props} />}</>
}

/** Whether the check of a visit is what its completion still lacks. */
export function useUnverified(job: Cells | null | undefined): boolean {
  const verify = useVerify()
  return !!job && !!verify?.missingEvidence(job).includes('verification')
}

function useVerify(): Verify | null | undefined {
  return useLater(LOADS[useUi().t.lang])
}

export function loadCheck(): Promise<Verify> {
  return import('../verify/index.ts')
}

const LOADS = inEach(loadCheck)
