/** One photo off the phone's camera, made small; one that cannot be opened says so. */
import type { ComponentChildren, VNode } from 'preact'
import { useState } from 'preact/hooks'
import { shrink } from '../tech/label.ts'
import { useWords } from './words.ts'

interface ShotProps {
  take(photo: Blob): void
  children: ComponentChildren
}

export function Shot({ take, children }: ShotProps): VNode {
  const words = useWords()
  const [bad, setBad] = useState(false)
  const pick = async (event: Event & { currentTarget: HTMLInputElement }) => {
    const file = event.currentTarget.files?.[0]
    // The same photo may be chosen twice: without this the second choice is no change.
    event.currentTarget.value = ''
    const small = file && (await shrink(file).catch(() => undefined))
    setBad(!!file && !small)
    if (small) take(small)
  }
  return (
    <>
      <label class="btn">
        {children}
        <input class="file" type="file" accept="image/*" capture="environment" onChange={pick} />
      </label>
      {bad && <p class="error">{words.bad_photo}</p>}
    </>
  )
}
