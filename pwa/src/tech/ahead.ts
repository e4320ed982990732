/** What comes after the day, fetched as soon as the day is on the screen, and again with the network. */
import { useEffect, useState } from 'preact/hooks'
import { loadDevice } from './with-device.tsx'
import { loadScan } from './with-scan.ts'
import { loadCheck } from './with-verify.tsx'
import { loadWork } from './with-work.tsx'

/** Whether labels can be read, and lines be checked, without network. */
export interface Ahead {
  reader: boolean
  check: boolean
}

export function useAhead(reachable: boolean): Ahead {
  const reader = useReady(readerAhead, reachable)
  const check = useReady(checkAhead, reachable)
  return { reader, check }
}

// The network is a reason to try again.
function useReady(fetchAhead: () => Promise<boolean>, reachable: boolean): boolean {
  const [ready, setReady] = useState(false)
  useEffect(() => {
    fetchAhead().then(setReady, Boolean)
  }, [fetchAhead, reachable])
  return ready
}

async function readerAhead(): Promise<boolean> {
  return (await loadScan()).readerAhead()
}

async function checkAhead(): Promise<boolean> {
  await Promise.all([loadWork(), loadDevice()])
  return (await loadCheck()).checkAhead()
}
