/** A part of the app that comes after the day, in a chunk of its own. */
import { useEffect, useState } from 'preact/hooks'
import type { Lang } from '../i18n/translator.ts'

/** Undefined until it is here; null where it is neither kept nor within reach. */
export function useLater<T>(load: () => Promise<T>): T | null | undefined {
  const [here, setHere] = useState<{ by: () => Promise<T>; part: T | null }>()
  useEffect(() => {
    const show = (part: T | null) => setHere({ by: load, part })
    load().then(show, () => show(null))
  }, [load])
  return here?.by === load ? here.part : undefined
}

/** How a part is had that has words of its own, in each language. */
export function inEach<T extends { learn(lang: Lang): Promise<void> }>(
  load: () => Promise<T>,
): Readonly<Record<Lang, () => Promise<T>>> {
  const speaking = (lang: Lang) => async (): Promise<T> => {
    const part = await load()
    await part.learn(lang)
    return part
  }
  return { fr: speaking('fr'), en: speaking('en') }
}
