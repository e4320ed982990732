/** A part of the app that comes after the day, in a chunk of its own. */
import { useEffect, useState } from 'preact/hooks'

/** Undefined until it is here, and without network when it never was. */
export function useLater<T>(load: () => Promise<T>): T | undefined {
  const [here, setHere] = useState<{ by: () => Promise<T>; part: T }>()
  useEffect(() => {
    load().then((part) => setHere({ by: load, part }), Boolean)
  }, [load])
  return here?.by === load ? here.part : undefined
}
