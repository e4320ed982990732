/** The keyboard's way to a serial number, when the label cannot be read. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Rows } from '../sync/types.ts'
import { Elsewhere } from './choose-serial.tsx'
import { grouped, SERIAL_LENGTH, typedSerial } from './codes.ts'
import { useUi } from './ui.ts'
import type { Action } from './visit.ts'

export interface TypeProps {
  jobKey: string
  action: Action
  scan: string | undefined
  rows: Rows
  onKept(serial: string): void
}

export function TypeSerial({ jobKey, action, scan, rows, onKept }: TypeProps): VNode {
  const { t, keep } = useUi()
  const [text, setText] = useState('')
  const typed = typedSerial(text)
  const use = async (event: Event) => {
    event.preventDefault()
    if (!typed.ok) return
    const { serial, type } = typed
    const args = { action, serial, type, source: 'typed' }
    const draft = { kind: 'equipment', key: jobKey, args: scan ? { ...args, scan } : args }
    if (await keep(draft)) onKept(serial)
  }
  return (
    <form class="card" onSubmit={use}>
      <label class="field">
        {t('scan.type_title')}
        <input
          class="serial"
          value={text}
          autocapitalize="characters"
          autocomplete="off"
          spellcheck={false}
          aria-describedby="type-hint"
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <p id="type-hint" class="soft">
        {t('scan.type_hint')}
      </p>
      <p class="serial big" aria-live="polite">
        {typed.ok ? grouped(typed.serial) : '\u00a0'}
      </p>
      {!typed.ok && text && <p class="error">{t(`scan.${typed.fault}`, SERIAL_LENGTH)}</p>}
      {typed.ok && <Elsewhere rows={rows} jobKey={jobKey} serial={typed.serial} action={action} />}
      <p class="calls">
        <button type="submit" class="btn main" disabled={!typed.ok}>
          {t(action === 'remove' ? 'action.take_back' : 'action.use')}
        </button>
      </p>
    </form>
  )
}
