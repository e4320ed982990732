/** T3: the camera over the whole screen, until a serial number is read, or another way is taken. */
import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Code } from '../tech/codes.ts'
import { Sign } from '../tech/frame.tsx'
import { useUi } from '../tech/ui.ts'
import { type Camera, openCamera } from './camera.ts'
import styles from './live.css?inline'
import type { Reader } from './reader.ts'
import { heard } from './signal.ts'
import { stickerHost } from './sticker-host.ts'
import { watch } from './watch.ts'
import { SCAN_WORDS, type ScanWords } from './words.ts'

export interface LiveProps {
  jobKey: string
  /** Where the number is typed instead. */
  typing: string
  /** The reader of the screen, which outlives the camera. */
  reader(): Promise<Reader | null>
  onRead(codes: Code[]): void
  /** A photo taken instead. */
  onPhoto(file: File): void
  /** There is no camera to read with; says why in words. */
  onNone(why: string): void
}

type State = 'opening' | 'aim' | 'closer'

interface Calls {
  tell(state: State): void
  opened(camera: Camera): void
  read(codes: Code[]): void
  none(why: string): void
  reader(): Promise<Reader | null>
}

const CLOSER_AFTER_MS = 4_000

const sheet = new CSSStyleSheet()
sheet.replaceSync(styles)
document.adoptedStyleSheets.push(sheet)

export function Live({ jobKey, typing, reader, onRead, onPhoto, onNone }: LiveProps): VNode {
  const words = SCAN_WORDS[useUi().t.lang]
  const video = useRef<HTMLVideoElement>(null)
  const [state, tell] = useState<State>('opening')
  const [camera, opened] = useState<Camera | null>(null)
  useEffect(() => {
    const stop = new AbortController()
    const calls = { tell, opened, read: onRead, none: onNone, reader }
    if (video.current) void session(video.current, words, calls, stop.signal)
    return () => stop.abort()
  }, [])
  return (
    <section class="live" aria-label={words.title}>
      <video ref={video} muted playsInline />
      <div class="band" />
      <div class="live-top">
        <a class="btn" href={`#/${jobKey}`} aria-label={words.close}>
          <Sign name="cross" />
        </a>
        {camera?.torch && <Torch words={words} torch={camera.torch} />}
      </div>
      <div class="live-foot">
        <p role="status">{words[state]}</p>
        <p class="calls">
          <Photo label={words.photo} main={state === 'closer'} onPhoto={onPhoto} />
          <a class="btn" href={typing}>
            {words.type}
          </a>
        </p>
      </div>
    </section>
  )
}

/** Camera, reader and a lit screen, until something is read or the screen is left. */
async function session(
  video: HTMLVideoElement,
  words: ScanWords,
  calls: Calls,
  signal: AbortSignal,
): Promise<void> {
  const camera = await openCamera(video).catch((error: unknown) =>
    calls.none(whyNone(error, words)),
  )
  if (!camera) return
  const [reader, awake] = [await calls.reader(), await keepAwake()]
  if (!reader) {
    camera.close()
    return calls.none(words.unable)
  }
  calls.opened(camera)
  calls.tell('aim')
  const timer = setTimeout(calls.tell, CLOSER_AFTER_MS, 'closer')
  const codes = await watch(camera, reader, stickerHost(localStorage), nextFrame, signal)
  clearTimeout(timer)
  camera.close()
  void awake?.release()
  if (!codes) return
  heard()
  calls.read(codes)
}

function keepAwake(): Promise<WakeLockSentinel | null> {
  return navigator.wakeLock?.request('screen').catch(() => null) ?? Promise.resolve(null)
}

function whyNone(error: unknown, words: ScanWords): string {
  const { name } = error as { name?: string }
  return name === 'NotAllowedError' ? words.refused : words.absent
}

function nextFrame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => resolve()))
}

function Torch({ words, torch }: { words: ScanWords; torch(on: boolean): Promise<void> }): VNode {
  const [on, setOn] = useState(false)
  const turn = async () => {
    await torch(!on)
    setOn(!on)
  }
  return (
    <button type="button" class="btn" aria-pressed={on} onClick={turn}>
      {on ? words.torch_off : words.torch_on}
    </button>
  )
}

interface PhotoProps {
  label: string
  main: boolean
  onPhoto(file: File): void
}

function Photo({ label, main, onPhoto }: PhotoProps): VNode {
  const pick = (event: Event & { currentTarget: HTMLInputElement }) => {
    const file = event.currentTarget.files?.[0]
    event.currentTarget.value = ''
    if (file) onPhoto(file)
  }
  return (
    <label class={main ? 'btn main' : 'btn'}>
      <Sign name="scan" />
      {label}
      <input class="file" type="file" accept="image/*" capture="environment" onChange={pick} />
    </label>
  )
}
