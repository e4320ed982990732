/** "Corriger un numéro de série": which one, what it is in truth, and why it was wrong. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { grouped, SERIAL_LENGTH, typedSerial } from '../tech/codes.ts'
import { Sign } from '../tech/frame.tsx'
import { isTail, Serial, TAIL } from '../tech/type-serial.tsx'
import { useUi } from '../tech/ui.ts'
import type { Fitted } from '../tech/visit.ts'
import type { WorkProps } from '../tech/with-work.tsx'
import { Pick } from './pick.tsx'
import { Reason } from './reason.tsx'
import { useWords } from './words.ts'

export function Correct({ jobKey, view }: WorkProps): VNode {
  const { keep } = useUi()
  const words = useWords()
  const lines = view.equipment.filter(({ action }) => action !== 'remove')
  const [picked, setPicked] = useState('')
  const [right, setRight] = useState('')
  const [reason, setReason] = useState('')
  const [corrected, setCorrected] = useState('')
  const wrong = lines.length === 1 ? lines[0]?.serial : picked
  if (corrected) return <Done serial={corrected} jobKey={jobKey} />
  if (lines.length === 0) return <p class="card">{words.correct_none}</p>
  const isReady = wrong && right && right !== wrong && reason.trim()
  const use = async (event: Event) => {
    event.preventDefault()
    if (!isReady) return
    const args = { wrong, right, reason: reason.trim(), source: 'typed' }
    if (await keep({ kind: 'correct', key: jobKey, args })) setCorrected(right)
  }
  return (
    <form class="card" onSubmit={use}>
      <Wrong {...{ lines, picked: wrong ?? '' }} pick={setPicked} />
      <Right write={setRight} />
      {right !== '' && right === wrong && <p class="error">{words.correct_same}</p>}
      <Reason
        legend={words.correct_why}
        reasons={[words.why_typed, words.why_label, words.why_device]}
        reason={reason}
        write={setReason}
      />
      <p class="soft">{words.correct_more}</p>
      <p class="calls">
        <button type="submit" class="btn main" disabled={!isReady}>
          {words.correct_do}
        </button>
      </p>
    </form>
  )
}

interface WrongProps {
  lines: readonly Fitted[]
  picked: string
  pick(serial: string): void
}

function Wrong({ lines, picked, pick }: WrongProps): VNode {
  const words = useWords()
  if (lines.length === 1) {
    return (
      <p>
        {words.correct_wrong} <b class="serial">{grouped(picked)}</b>
      </p>
    )
  }
  const options = lines.map(({ serial }) => ({ code: serial, word: grouped(serial) }))
  return <Pick legend={words.correct_wrong} {...{ options, picked, pick }} />
}

/** The true number, its end typed twice; "" is written until it is sure. */
function Right({ write }: { write(serial: string): void }): VNode {
  const { t } = useUi()
  const words = useWords()
  const [text, setText] = useState('')
  const [again, setAgain] = useState('')
  const typed = typedSerial(text)
  const change = (next: string, tail: string) => {
    setText(next)
    setAgain(tail)
    const sure = typedSerial(next)
    write(sure.ok && isTail(sure.serial, tail) ? sure.serial : '')
  }
  return (
    <>
      <Serial label={words.correct_right} value={text} write={(next) => change(next, again)} />
      {!typed.ok && text && <p class="error">{t(`scan.${typed.fault}`, SERIAL_LENGTH)}</p>}
      {typed.ok && (
        <Serial
          label={t('scan.tail', { n: TAIL })}
          value={again}
          write={(tail) => change(text, tail)}
        />
      )}
    </>
  )
}

function Done({ serial, jobKey }: { serial: string; jobKey: string }): VNode {
  const { t } = useUi()
  return (
    <section class="card">
      <p class="ok" role="status">
        <Sign name="ok" /> {t('scan.saved', { value: grouped(serial) })}
      </p>
      <p class="calls">
        <a class="btn main" href={`#/${jobKey}`}>
          {t('scan.back_to_visit')}
        </a>
      </p>
    </section>
  )
}
