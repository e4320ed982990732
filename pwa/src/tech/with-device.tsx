/** What concerns the phone itself: its installation, its storage, its news; it comes after the day. */
import type { VNode } from 'preact'
import type { Replica, Snapshot } from '../sync/types.ts'
import { inEach, useLater } from './later.ts'
import { offers } from './offer.ts'
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

export function loadDevice(): Promise<Device> {
  return import('../device/index.ts')
}

function useDevice(): Device | null | undefined {
  return useLater(LOADS[useUi().t.lang])
}

const LOADS = inEach(loadDevice)
