/** Whose is the device of this label? All that is known, for the office. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { moment } from '../../i18n/format.ts'
import { named } from '../../i18n/translate.ts'
import { useAct, useDesk } from '../desk/desk.ts'
import { Fault } from '../desk/dialog.tsx'
import { useUi } from '../ui.tsx'

interface Answer {
  state: 'known' | 'free' | 'elsewhere' | 'unknown'
  device?: {
    serial: string
    type?: string
    brand?: string
    model?: string
    mac?: string
    status?: string
  }
  place?: { client?: string; street?: string; town?: string }
  plan?: { plan: string; status?: string }
  check?: { verdict: string; at: number }
  visits?: { key: string; date: string; status: string; client: string; technician: string }[]
}

export function LookUp(): VNode {
  const { w } = useUi()
  const desk = useDesk()
  const act = useAct()
  const [text, setText] = useState('')
  const [found, setFound] = useState<{ asked: string; answer: Answer } | null>(null)
  const look = async (): Promise<void> => {
    setFound(null)
    await act.run(async () => {
      const answer = await desk.send<Answer>('equipment/lookup', { text })
      setFound({ asked: text, answer })
    })
  }
  return (
    <search>
      <form
        class="filter"
        onSubmit={(event) => {
          event.preventDefault()
          void look()
        }}
      >
        <label>
          <span>{w.desk.look.label}</span>
          <input
            type="search"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={act.busy || !text.trim()}>
          {w.desk.look.go}
        </button>
      </form>
      <Fault act={act} />
      {found ? <Found {...found} /> : null}
    </search>
  )
}

function Found({ asked, answer }: { asked: string; answer: Answer }): VNode {
  const { w, t, zone, today } = useUi()
  const { device, place, plan, check, visits } = answer
  const verdicts: Readonly<Record<string, string>> = w.desk.checks.verdicts
  const join = (...parts: (string | undefined)[]): string => parts.filter(Boolean).join(' · ')
  return (
    <div class="found" role="status">
      <b>{w.desk.look[answer.state]}</b>{' '}
      {device
        ? join(device.serial, device.type, device.brand, device.model, device.mac, device.status)
        : ''}
      {place ? <p>{join(place.client, place.street, place.town)}</p> : null}
      {plan ? <p>{join(`${w.desk.look.plan} : ${plan.plan}`, plan.status)}</p> : null}
      {check ? (
        <p>
          {w.desk.look.lastCheck} : {verdicts[check.verdict] ?? check.verdict},{' '}
          {moment(t, zone, check.at, today)}
        </p>
      ) : null}
      {visits?.length ? (
        <ul>
          {visits.map((visit) => (
            <li key={visit.key}>
              {join(visit.date, visit.client, visit.technician, named(t, 'status', visit.status))}
            </li>
          ))}
        </ul>
      ) : null}
      <a href={`#/journal?serial=${encodeURIComponent(asked)}`}>{w.desk.look.journal}</a>
    </div>
  )
}
