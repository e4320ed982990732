/** Whether the browser promised to keep this phone's data, and how much they take. */
import { isStandalone } from './installing.ts'

export interface Stored {
  /** Whether it promised; null where it does not say. */
  kept: boolean | null
  /** Bytes used and allowed, null where it does not say. */
  used: number | null
  most: number | null
}

export async function stored(storage = navigator.storage): Promise<Stored> {
  const kept = (await storage?.persisted?.().catch(() => null)) ?? null
  const room = (await storage?.estimate?.().catch(() => null)) ?? null
  return { kept, used: room?.usage ?? null, most: room?.quota ?? null }
}

/** Ask for the promise; gives what came of it. Firefox asks the person. */
export async function keepData(storage = navigator.storage): Promise<boolean> {
  return (await storage?.persist?.().catch(() => false)) ?? false
}

/** In the icon it is ours to ask without a question; elsewhere it waits for a touch. */
export function keepInstalled(): void {
  if (isStandalone()) void keepData()
}
