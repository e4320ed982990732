/** The photos of a visit in a row: one tap each, the next slot at once; or one by one, by file. */
import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { fill } from '../i18n/translator.ts'
import { Sign } from '../tech/frame.tsx'
import { shrink } from '../tech/label.ts'
import { useUi } from '../tech/ui.ts'
import { type Scan, useScan } from '../tech/with-scan.ts'
import type { WorkProps } from '../tech/with-work.tsx'
import { Shot } from './shot.tsx'
import { photosOf, SLOTS, slotWord } from './slots.ts'
import { useWords } from './words.ts'

interface Row {
  /** "Avant · 1 de 3". */
  next: string
  /** Keeps a photo of the next slot; the row ends with the last one that is required. */
  take(photo: Promise<Blob>): Promise<void>
  visit: string
}

export function Burst(props: WorkProps): VNode {
  const words = useWords()
  const scan = useScan()
  const [why, setWhy] = useState('')
  const row = useRow(props)
  if (scan && !why) return <Live {...{ scan, row, none: setWhy }} />
  return (
    <section class="card">
      {why && <p role="status">{why}</p>}
      <div class="calls stack">
        <Shot take={(photo) => void row.take(Promise.resolve(photo))}>
          {fill(words.photo_of, { what: row.next })}
        </Shot>
        <a href={row.visit}>{words.close}</a>
      </div>
    </section>
  )
}

// What was shot counts from the tap on, not once it is small and kept: the next one may follow.
function useRow({ jobKey, snapshot }: WorkProps): Row {
  const { keep } = useUi()
  const words = useWords()
  const { taken, required } = photosOf(snapshot.rows.get(jobKey) ?? {}, snapshot.items)
  const before = useRef(taken.length)
  const [shot, setShot] = useState<readonly string[]>([])
  const here = new Set([...shot, ...taken.map(({ slot }) => slot)])
  const slot = SLOTS.find((name) => !here.has(name)) ?? ''
  const count = before.current + shot.length + 1
  const visit = `#/${jobKey}`
  const take = async (photo: Promise<Blob>) => {
    setShot([...shot, slot])
    const small = await photo.catch(() => undefined)
    const draft = { kind: 'photo', key: jobKey, args: { slot } }
    const kept = small && (await keep({ ...draft, blobs: [small] }))
    if (!kept) setShot((slots) => slots.filter((name) => name !== slot))
    else if (count === required) location.hash = visit
  }
  const counted = { what: slotWord(words, slot), n: count, of: Math.max(required, count) }
  return { next: fill(words.burst_next, counted), take, visit }
}

interface LiveProps {
  scan: Scan
  row: Row
  /** There is no camera; says why in words. */
  none(why: string): void
}

function Live({ scan, row, none }: LiveProps): VNode {
  const words = useWords()
  const video = useRef<HTMLVideoElement>(null)
  const [open, setOpen] = useState(false)
  useEffect(() => {
    const refused = ({ name }: { name?: string }) =>
      none(name === 'NotAllowedError' ? words.camera_refused : words.camera_none)
    const camera = video.current && scan.openCamera(video.current)
    camera?.then(() => setOpen(true), refused)
    return () => void camera?.then(({ close }) => close(), Boolean)
  }, [])
  return (
    <section class="live" aria-label={words.burst}>
      <video ref={video} muted playsInline />
      <div class="live-top">
        <a class="btn" href={row.visit} aria-label={words.close}>
          <Sign name="cross" />
        </a>
      </div>
      <div class="live-foot">
        <p role="status">{row.next}</p>
        <p class="calls">
          <button
            type="button"
            class="btn main"
            disabled={!open}
            onClick={() => video.current && void row.take(shrink(video.current))}
          >
            <Sign name="scan" />
            {words.shoot}
          </button>
          <Shot take={(photo) => void row.take(Promise.resolve(photo))}>{words.from_file}</Shot>
        </p>
      </div>
    </section>
  )
}
