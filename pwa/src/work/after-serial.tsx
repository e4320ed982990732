/** What comes after a device is in place: its line is asked to be checked, with one tap. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Cells } from '../sync/types.ts'
import { Sign } from '../tech/frame.tsx'
import { useUi } from '../tech/ui.ts'
import { isUnchecked } from './owed.ts'
import { useWords } from './words.ts'

export function AfterSerial({ jobKey, job }: { jobKey: string; job: Cells }): VNode | null {
  const { keep } = useUi()
  const words = useWords()
  const [busy, setBusy] = useState(false)
  if (!isUnchecked(job)) return null
  const check = async () => {
    setBusy(true)
    if (await keep({ kind: 'verify', key: jobKey, args: { reason: 'install' } }))
      location.hash = `#/${jobKey}`
    setBusy(false)
  }
  return (
    <button type="button" class="btn main" disabled={busy} onClick={check}>
      <Sign name="check" />
      {words.check_line}
    </button>
  )
}
