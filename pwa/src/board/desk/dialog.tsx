/** A box over the board, and what a button that asks the server shows. */
import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useUi } from '../ui.tsx'
import type { Act } from './desk.ts'

interface DialogProps {
  title: string
  onClose(): void
  children: ComponentChildren
}

/** The browser's own modal dialog: it keeps the keyboard inside, and Escape closes it. */
export function Dialog({ title, onClose, children }: DialogProps): VNode {
  const { w } = useUi()
  const box = useRef<HTMLDialogElement>(null)
  useEffect(() => box.current?.showModal(), [])
  return (
    <dialog ref={box} aria-labelledby="dialog-title" onClose={onClose}>
      <header>
        <h2 id="dialog-title">{title}</h2>
        <button type="button" onClick={() => box.current?.close()}>
          {w.desk.act.close}
        </button>
      </header>
      {children}
    </dialog>
  )
}

/** Why the last try failed, announced. */
export function Fault({ act }: { act: Act }): VNode {
  const { w } = useUi()
  const known: Readonly<Record<string, string>> = { ...w.why, ...w.desk.fault }
  const { busy, error } = act
  const said = error && (known[error.split(':')[0] ?? ''] ?? error)
  return (
    <p role="status" class={error ? 'trouble' : 'soft'}>
      {busy ? w.desk.act.busy : said}
    </p>
  )
}

interface GoProps {
  act: Act
  work(): Promise<unknown>
  /** Called once the work is done. */
  done?(): void
  class?: string
  disabled?: boolean
  children: ComponentChildren
}

export function Go({ act, work, done, class: look, disabled, children }: GoProps): VNode {
  const go = async (): Promise<void> => {
    if (await act.run(work)) done?.()
  }
  return (
    <button type="button" class={look} disabled={act.busy || disabled} onClick={go}>
      {children}
    </button>
  )
}
