/** The office answers for a check that did not pass: the only one who may for a line that failed. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { useAct, useDesk } from '../desk/desk.ts'
import { Dialog, Fault, Go } from '../desk/dialog.tsx'
import { Field } from '../desk/field.tsx'
import { useUi } from '../ui.tsx'
import type { Check } from './checks.tsx'

export function Accept({ line }: { line: Check }): VNode | null {
  const { w } = useUi()
  const [open, setOpen] = useState(false)
  if (!isOpen(line)) return null
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        {w.desk.checks.accept}
        <span class="unseen"> {line.visit}</span>
      </button>
      {open ? <Why line={line} onClose={() => setOpen(false)} /> : null}
    </>
  )
}

/** Whether a check has ended without passing, and nobody answers for it yet. */
export function isOpen({ state, verdict, accepted }: Check): boolean {
  const isOver = state === 'done' || state === 'timeout'
  return isOver && verdict !== 'pass' && !accepted
}

function Why({ line, onClose }: { line: Check; onClose(): void }): VNode {
  const { w } = useUi()
  const act = useAct()
  const desk = useDesk()
  const [reason, setReason] = useState('')
  const args = { verification: line.id, reason: reason.trim() }
  return (
    <Dialog title={`${w.desk.checks.accept} : ${line.visit}`} onClose={onClose}>
      <p class="soft">{w.desk.checks.acceptMore}</p>
      <div class="form">
        <Field kind="text" label={w.desk.checks.why} value={reason} onValue={setReason} />
        <Go
          act={act}
          work={() => desk.decide('accept', line.key, args)}
          done={onClose}
          disabled={!args.reason}
          class="primary"
        >
          {w.desk.checks.accept}
        </Go>
      </div>
      <Fault act={act} />
    </Dialog>
  )
}
