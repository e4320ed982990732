/** The reader of labels and its screens: one chunk, which comes after the day. */
import { useEffect, useState } from 'preact/hooks'

export type Scan = typeof import('../scan/index.ts')

export function loadScan(): Promise<Scan> {
  return import('../scan/index.ts')
}

/** Undefined until it is here, and without network when it never was. */
export function useScan(): Scan | undefined {
  const [scan, setScan] = useState<Scan>()
  useEffect(() => {
    loadScan().then((loaded) => setScan(() => loaded), Boolean)
  }, [])
  return scan
}
