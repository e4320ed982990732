/** A kept photo of a label on the visit: waiting, read, to choose from, or unreadable. */
import type { VNode } from 'preact'
import type { Held } from '../scan/check.tsx'
import { ChooseSerial } from './choose-serial.tsx'
import { Sign } from './frame.tsx'
import { useUi } from './ui.ts'
import type { Action, Scan } from './visit.ts'

export function ScanLine({
  scan,
  jobKey,
  action,
  held,
}: {
  scan: Scan
  jobKey: string
  action: Action
  held: Held
}): VNode {
  const { t } = useUi()
  if (scan.state === 'waiting') {
    return (
      <li class="line">
        <b>{t('visit.photo_kept')}</b>
        <span class="state pending">
          <Sign name="clock" />
          {t('visit.to_confirm')}
        </span>
      </li>
    )
  }
  if (scan.state === 'unreadable') {
    return (
      <li class="line">
        <b class="error">{t('visit.unreadable')}</b>
        <a class="btn" href={`#/${jobKey}/type/${scan.id}`}>
          {t('action.type')}
        </a>
      </li>
    )
  }
  return (
    <li class="line">
      <ChooseSerial
        codes={scan.codes}
        jobKey={jobKey}
        action={action}
        scan={scan.id}
        held={held}
        onKept={() => undefined}
      />
    </li>
  )
}
