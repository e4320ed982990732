/** A part of the app that comes after the day, in a chunk of its own. */
import { useEffect, useState } from 'preact/hooks'

/** Undefined until it is here, and without network when it never was. */
export function useLater<T>(load: () => Promise<T>): T | undefined {
  const [part, setPart] = useState<T>()
  useEffect(() => {
    load().then((loaded) => setPart(() => loaded), Boolean)
  }, [load])
  return part
}
