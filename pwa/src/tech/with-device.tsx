/** What concerns the phone itself and its outbox: installation, storage, news, choices; it comes after the day. */
import type { VNode } from 'preact'
import type { SheetProps } from '../device/conflict-sheet.tsx'
import type { Replica, Snapshot } from '../sync/types.ts'
import { inEach, useLater } from './later.ts'
import { offers } from './offer.ts'
import { conflictTitle } from './outbox.ts'
import { useUi } from './ui.ts'

type Device = typeof import('../device/index.ts')

/** Why and how to install the app, where it is not. */
export function Install(): VNode {
  const device = useDevice()
  return <>{device && <device.Install offers={offers} />}</>
}

export function DeviceHelp(props: { snapshot: Snapshot; version: string }): VNode {
  const device = useDevice()
  return <>{device && <device.Help {...props} />}</>
}

/** The unsent work as QR codes, and that of others on this phone. */
export function More(props: Pick<Replica, 'exportItems'> & { snapshot: Snapshot }): VNode {
  const device = useDevice()
  return <>{device && <device.Outbox {...props} />}</>
}

/** Two values of one field, and the choice between them; by name alone until the rest is here. */
export function Conflict(props: SheetProps): VNode {
  const { t } = useUi()
  const device = useDevice()
  if (device) return <device.ConflictSheet {...props} />
  return (
    <li class="line">
      <b>{conflictTitle(t, props.rows, props.conflict)}</b>
      {device === null && <span class="soft">{t('app.not_here')}</span>}
    </li>
  )
}

export function loadDevice(): Promise<Device> {
  return import('../device/index.ts')
}

function useDevice(): Device | null | undefined {
  return useLater(LOADS[useUi().t.lang])
}

const LOADS = inEach(loadDevice)
