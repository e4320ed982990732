/** The reader of labels and its screens: one chunk, which comes after the day. */
import { useLater } from './later.ts'

export type Scan = typeof import('../scan/index.ts')

export function loadScan(): Promise<Scan> {
  return import('../scan/index.ts')
}

/** Undefined until it is here, and without network when it never was. */
export function useScan(): Scan | undefined {
  return useLater(loadScan) ?? undefined
}
