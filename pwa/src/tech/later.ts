/** A part of the app that comes after the day, in a chunk of its own. */
import { useEffect, useState } from 'preact/hooks'

/** Undefined until it is here; null where it is neither kept nor within reach. */
export function useLater<T>(load: () => Promise<T>): T | null | undefined {
  const [here, setHere] = useState<{ by: () => Promise<T>; part: T | null }>()
  useEffect(() => {
    const show = (part: T | null) => setHere({ by: load, part })
    load().then(show, () => show(null))
  }, [load])
  return here?.by === load ? here.part : undefined
}
