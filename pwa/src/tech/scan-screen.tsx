/** T3, first step: a photo of the label, read at once when the server answers, else kept. */
import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Reader } from '../scan/reader.ts'
import type { Snapshot } from '../sync/types.ts'
import { ChooseSerial } from './choose-serial.tsx'
import { type Code, grouped, serialsOf } from './codes.ts'
import { cardOf, type Local } from './day.ts'
import { Frame, Sign } from './frame.tsx'
import { READ_DEADLINE_S, readLabel, shrink } from './label.ts'
import { type Strip, waitingCount } from './strip.ts'
import { TypeSerial } from './type-serial.tsx'
import { useUi } from './ui.ts'
import { type Action, actionOf, type Swap, troubleOf } from './visit.ts'
import { State } from './visit-sections.tsx'
import { type Scan, useScan } from './with-scan.ts'
import { AfterSerial } from './with-work.tsx'

export interface ScanProps {
  jobKey: string
  strip: Strip
  snapshot: Snapshot
  local: Local
  /** Opens on the keyboard instead of the camera. */
  typing: boolean
  /** The unreadable photo whose number is being typed. */
  scan: string | undefined
  /** What the number takes the place of. */
  swap: Swap | undefined
}

type Step =
  | { at: 'start'; camera: boolean; why?: string }
  | { at: 'preparing' }
  | { at: 'reading' }
  | { at: 'read'; photo?: Blob; codes: Code[] }
  | { at: 'bad-photo' }
  | { at: 'kept' }
  | { at: 'not-kept'; photo: Blob }
  | { at: 'saved'; serial: string }

export function ScanScreen(props: ScanProps): VNode {
  const { jobKey, strip, snapshot, local, typing, scan, swap } = props
  const { t } = useUi()
  const job = snapshot.rows.get(jobKey)
  const card = job && cardOf(jobKey, job, snapshot.rows, local, false)
  const action = actionOf(card?.type ?? '')
  const [step, setStep] = useState<Step>({ at: 'start', camera: true })
  const saved = (serial: string) => setStep({ at: 'saved', serial })
  return (
    <Frame
      title={typing ? t('scan.type_title') : t('scan.title')}
      strip={strip}
      waiting={waitingCount(snapshot)}
      tab="scan"
      age={card?.client ?? ''}
      back={`#/${jobKey}`}
    >
      {!job && <p class="card">{t('visit.unknown')}</p>}
      {job && step.at !== 'saved' && typing && (
        <TypeSerial {...{ jobKey, action, scan, swap }} held={snapshot} onKept={saved} />
      )}
      {job && !typing && <Photo {...{ step, jobKey, action, swap }} held={snapshot} go={setStep} />}
      {step.at === 'saved' && <Saved serial={step.serial} jobKey={jobKey} snapshot={snapshot} />}
    </Frame>
  )
}

interface PhotoProps {
  step: Step
  jobKey: string
  action: Action
  swap: Swap | undefined
  held: Snapshot
  go(step: Step): void
}

function Photo({ step, jobKey, action, swap, held, go }: PhotoProps): VNode | null {
  const { t } = useUi()
  const scan = useScan()
  const reader = useOneReader()
  const keepPhoto = useKeepPhoto(jobKey, action, swap, go)
  const read = useReader(go, keepPhoto)
  const take = async (file: File) => {
    go({ at: 'preparing' })
    const photo = await shrink(file).catch(() => null)
    if (!photo) return go({ at: 'bad-photo' })
    const codes = scan ? await readHere(scan, photo, await reader(scan)) : []
    if (serialsOf(codes).length > 0) return go({ at: 'read', photo, codes })
    return held.reachable ? read(photo) : keepPhoto(photo)
  }
  if (step.at === 'saved') return null
  if (scan && step.at === 'start' && step.camera)
    return (
      <scan.Live
        jobKey={jobKey}
        typing={typingOf(jobKey, swap)}
        reader={() => reader(scan)}
        onRead={(codes) => go({ at: 'read', codes })}
        onPhoto={take}
        onNone={(why) => go({ at: 'start', camera: false, why })}
      />
    )
  return (
    <section class="card">
      <PhotoState step={step} />
      {step.at === 'read' && (
        <ChooseSerial
          codes={step.codes}
          jobKey={jobKey}
          action={action}
          source={step.photo ? 'photo' : 'barcode'}
          swap={swap}
          held={held}
          onKept={(serial) => go({ at: 'saved', serial })}
        />
      )}
      <KeepPhoto step={step} keepPhoto={keepPhoto} />
      {step.at === 'read' && !step.photo && (
        <p class="calls">
          <button type="button" class="btn" onClick={() => go({ at: 'start', camera: true })}>
            {t('action.again')}
          </button>
        </p>
      )}
      <Choices {...{ step, jobKey, swap, take }} />
    </section>
  )
}

function KeepPhoto(props: { step: Step; keepPhoto(photo: Blob): void }): VNode | null {
  const { step, keepPhoto } = props
  const { t } = useUi()
  const photo = step.at === 'read' || step.at === 'not-kept' ? step.photo : undefined
  if (!photo) return null
  return (
    <p class="calls">
      <button type="button" class="btn" onClick={() => keepPhoto(photo)}>
        {t('scan.keep')}
      </button>
    </p>
  )
}

function PhotoState({ step }: { step: Step }): VNode {
  const { t } = useUi()
  return (
    <div aria-live="polite">
      {step.at === 'start' && <p>{step.why ?? t('scan.hint')}</p>}
      {step.at === 'preparing' && <p>{t('scan.preparing')}</p>}
      {step.at === 'reading' && <Countdown />}
      {step.at === 'bad-photo' && <p class="error">{t('scan.bad_photo')}</p>}
      {step.at === 'not-kept' && <p class="error">{t('visit.not_saved')}</p>}
      {step.at === 'kept' && (
        <>
          <h2>{t('visit.photo_kept')}</h2>
          <p>{t('scan.kept_more')}</p>
        </>
      )}
    </div>
  )
}

function Choices({
  step,
  jobKey,
  swap,
  take,
}: {
  step: Step
  jobKey: string
  swap: Swap | undefined
  take(file: File): void
}): VNode | null {
  const { t } = useUi()
  if (step.at === 'preparing' || step.at === 'reading') return null
  const first = step.at === 'start' || (step.at === 'read' && !step.photo)
  const pick = (event: Event & { currentTarget: HTMLInputElement }) => {
    const file = event.currentTarget.files?.[0]
    // The same photo may be chosen twice: without this the second choice is no change.
    event.currentTarget.value = ''
    if (file) take(file)
  }
  return (
    <div class="calls stack">
      {step.at === 'kept' && (
        <a class="btn main" href={`#/${jobKey}`}>
          {t('scan.back_to_visit')}
        </a>
      )}
      <label class={step.at === 'start' ? 'btn main' : 'btn'}>
        <Sign name="scan" />
        {t(first ? 'action.photo' : 'action.again')}
        <input class="file" type="file" accept="image/*" capture="environment" onChange={pick} />
      </label>
      <a href={typingOf(jobKey, swap)}>{t('action.type')}</a>
    </div>
  )
}

/** Where the number is typed instead; a swap stays one. */
function typingOf(jobKey: string, swap: Swap | undefined): string {
  return swap ? location.hash.replace('/swap/', '/swap-type/') : `#/${jobKey}/type`
}

function Countdown(): VNode {
  const { t } = useUi()
  const [left, setLeft] = useState(READ_DEADLINE_S)
  useEffect(() => {
    const timer = setInterval(() => setLeft((s) => Math.max(0, s - 1)), 1000)
    return () => clearInterval(timer)
  }, [])
  return <p>{t('scan.reading', { s: left })}</p>
}

function Saved(props: { serial: string; jobKey: string; snapshot: Snapshot }): VNode {
  const { serial, jobKey, snapshot } = props
  const { t } = useUi()
  const state = troubleOf(snapshot.items, jobKey, serial)
  return (
    <section class="card">
      {state ? (
        <p role="status">
          <b class="serial">{grouped(serial)}</b> <State state={state} />
        </p>
      ) : (
        <p class="ok" role="status">
          <Sign name="ok" /> {t('scan.saved', { value: grouped(serial) })}
        </p>
      )}
      <p class="calls stack">
        <AfterSerial jobKey={jobKey} job={snapshot.rows.get(jobKey) ?? {}} />
        <a class="btn main" href={`#/${jobKey}`}>
          {t('scan.back_to_visit')}
        </a>
      </p>
    </section>
  )
}

/** One reader for as long as the screen is open: to load one takes longer than to read a label. */
function useOneReader(): (scan: Scan) => Promise<Reader | null> {
  const held = useRef<Promise<Reader | null> | undefined>(undefined)
  useEffect(() => () => void held.current?.then((reader) => reader?.close()), [])
  return (scan) => {
    held.current ??= scan.openReader()
    return held.current
  }
}

// What the phone cannot read, the server may.
function readHere(scan: Scan, photo: Blob, reader: Reader | null): Promise<Code[]> {
  return scan.readStill(photo, reader).catch(() => [])
}

function useKeepPhoto(
  jobKey: string,
  action: Action,
  swap: Swap | undefined,
  go: (step: Step) => void,
): (photo: Blob) => Promise<void> {
  const { keep } = useUi()
  return async (photo) => {
    const kept = await keep({
      kind: 'scan',
      key: jobKey,
      args: { action },
      blobs: [photo],
    })
    // The new number comes later; that the old one is out, and how, is known now.
    const { replaces: serial, ...out } = swap ?? { replaces: '' }
    const args = { ...out, action: 'remove', serial }
    const isOut = !kept || !serial || (await keep({ kind: 'equipment', key: jobKey, args }))
    go(kept && isOut ? { at: 'kept' } : { at: 'not-kept', photo })
  }
}

// Leaving the screen gives up the request, not the photo: it is then kept for later.
function useReader(go: (step: Step) => void, keepPhoto: (photo: Blob) => Promise<void>) {
  const request = useRef(new AbortController())
  useEffect(() => () => request.current.abort(), [])
  return async (photo: Blob): Promise<void> => {
    go({ at: 'reading' })
    request.current = new AbortController()
    const deadline = setTimeout(() => request.current.abort(), READ_DEADLINE_S * 1000)
    const codes = await readLabel(photo, request.current.signal)
    clearTimeout(deadline)
    if (codes) go({ at: 'read', photo, codes })
    else await keepPhoto(photo)
  }
}
