/** The keyboard's way to a serial number, when the label cannot be read. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Held } from '../scan/check.tsx'
import { grouped, SERIAL_LENGTH, typedSerial } from './codes.ts'
import { useUi } from './ui.ts'
import type { Action, Swap } from './visit.ts'
import { useScan } from './with-scan.ts'

/** How many characters are typed again. */
export const TAIL = 4

export interface TypeProps {
  jobKey: string
  action: Action
  scan: string | undefined
  swap: Swap | undefined
  held: Held
  onKept(serial: string): void
}

export function TypeSerial({ jobKey, action, scan, swap, held, onKept }: TypeProps): VNode {
  const { t, keep } = useUi()
  const reader = useScan()
  const [text, setText] = useState('')
  const [again, setAgain] = useState('')
  const typed = typedSerial(text)
  const sure = typed.ok && isTail(typed.serial, again) ? typed.serial : ''
  const use = async (event: Event) => {
    event.preventDefault()
    if (!typed.ok || !sure) return
    const { serial, type } = typed
    const args = { ...(swap ?? { action }), serial, type, source: 'typed' }
    const draft = { kind: 'equipment', key: jobKey, args: scan ? { ...args, scan } : args }
    if (await keep(draft)) onKept(serial)
  }
  return (
    <form class="card" onSubmit={use}>
      <Serial label={t('scan.type_title')} hint="type-hint" value={text} write={setText} />
      <p id="type-hint" class="soft">
        {t('scan.type_hint')}
      </p>
      <p class="serial big" aria-live="polite">
        {typed.ok ? grouped(typed.serial) : '\u00a0'}
      </p>
      {!typed.ok && text && <p class="error">{t(`scan.${typed.fault}`, SERIAL_LENGTH)}</p>}
      {typed.ok && <Serial label={t('scan.tail', { n: TAIL })} value={again} write={setAgain} />}
      {typed.ok && !sure && bare(again).length >= TAIL && (
        <p class="error">{t('scan.tail_differs')}</p>
      )}
      {sure && reader && (
        <reader.CheckLine {...{ held, jobKey, action }} codes={[]} serial={sure} />
      )}
      <p class="calls">
        <button type="submit" class="btn main" disabled={!sure}>
          {t(action === 'remove' ? 'action.take_back' : 'action.use')}
        </button>
      </p>
    </form>
  )
}

interface SerialProps {
  label: string
  hint?: string
  value: string
  write(text: string): void
}

export function Serial({ label, hint, value, write }: SerialProps): VNode {
  return (
    <label class="field">
      {label}
      <input
        class="serial"
        value={value}
        autocapitalize="characters"
        autocomplete="off"
        spellcheck={false}
        aria-describedby={hint}
        onInput={(event) => write(event.currentTarget.value)}
      />
    </label>
  )
}

/**
 * Whether what was typed again ends a serial number; hyphens, spaces and small letters apart:
 * what is copied wrong once is seldom copied wrong the same way twice.
 */
export function isTail(serial: string, again: string): boolean {
  return bare(again) === bare(serial).slice(-TAIL)
}

function bare(text: string): string {
  return text.toUpperCase().replace(/[\s-]/g, '')
}
