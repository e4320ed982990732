/** Shows the serial numbers that a label may mean; the technician, never the phone, picks one. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { named, type Translator } from '../i18n/translator.ts'
import type { Held } from '../scan/check.tsx'
import { type Code, grouped, othersOf, serialsOf } from './codes.ts'
import { useUi } from './ui.ts'
import type { Action, Swap } from './visit.ts'
import { useScan } from './with-scan.ts'

export interface ChooseProps {
  codes: readonly Code[]
  jobKey: string
  action: Action
  /** How they were read. */
  source?: 'photo' | 'barcode'
  /** The kept photo that these codes come from, if any. */
  scan?: string
  swap?: Swap | undefined
  held: Held
  onKept(serial: string): void
}

export function ChooseSerial(props: ChooseProps): VNode {
  const { codes, jobKey, action, source = 'photo', scan, swap, held, onKept } = props
  const { t, keep } = useUi()
  const reader = useScan()
  const serials = serialsOf(codes)
  const only = serials.length === 1 ? serials[0] : undefined
  const [picked, setPicked] = useState<Code | undefined>(undefined)
  const chosen = only ?? picked
  const use = async () => {
    if (chosen && (await keep(report(jobKey, swap ?? { action }, source, chosen, scan))))
      onKept(chosen.value)
  }
  return (
    <div class="choose">
      {only ? (
        <Single code={only} />
      ) : (
        <Several serials={serials} picked={picked} pick={setPicked} />
      )}
      {chosen && reader && (
        <reader.CheckLine {...{ held, jobKey, action, codes }} serial={chosen.value} />
      )}
      <Others codes={othersOf(codes)} />
      {serials.length > 0 && (
        <p class="calls">
          <button type="button" class="btn main" disabled={!chosen} onClick={use}>
            {t(action === 'remove' ? 'action.take_back' : 'action.use')}
          </button>
        </p>
      )}
    </div>
  )
}

function Single({ code }: { code: Code }): VNode {
  const { t } = useUi()
  return (
    <>
      <p class="soft">{code.read?.stage === 'model' ? suggested(t) : t('scan.found')}</p>
      <p class="serial big">{grouped(code.value)}</p>
      <p>{named(t, 'code', code.type)}</p>
    </>
  )
}

/** What only a model says that it read. */
function suggested(t: Translator): string {
  return `${t('source.model')}, ${t('visit.to_confirm')}`
}

function Others({ codes }: { codes: readonly Code[] }): VNode | null {
  const { t } = useUi()
  if (codes.length === 0) return null
  return (
    <ul class="soft">
      {codes.map((code) => (
        <li key={code.text}>
          {named(t, 'code', code.type)} <span class="serial">{grouped(code.value)}</span>
        </li>
      ))}
    </ul>
  )
}

interface SeveralProps {
  serials: readonly Code[]
  picked: Code | undefined
  pick(code: Code): void
}

function Several({ serials, picked, pick }: SeveralProps): VNode {
  const { t } = useUi()
  if (serials.length === 0) return <p class="error">{t('scan.none')}</p>
  return (
    <fieldset>
      <legend>{t('scan.several', { n: serials.length })}</legend>
      {serials.map((code) => (
        <label key={code.value} class="step">
          <input
            type="radio"
            name="serial"
            checked={picked?.value === code.value}
            onChange={() => pick(code)}
          />
          <span>
            <b class="serial">{grouped(code.value)}</b> {named(t, 'code', code.type)}
          </span>
        </label>
      ))}
    </fieldset>
  )
}

function report(
  key: string,
  done: Swap | { action: Action },
  source: string,
  { value, type, symbology, read }: Code,
  scan: string | undefined,
) {
  const args = { ...done, serial: value, type, symbology, source, ...read }
  return { kind: 'equipment', key, args: scan ? { ...args, scan } : args }
}
