/** T3's line under a serial number: what this phone, then the server, know of it. */
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { dayIn, moment } from '../i18n/format.ts'
import type { Translator } from '../i18n/translator.ts'
import type { Snapshot } from '../sync/types.ts'
import type { Code } from '../tech/codes.ts'
import { useUi } from '../tech/ui.ts'
import { type Action, otherVisitWith } from '../tech/visit.ts'
import { contradictions } from './crosschecks.ts'
import { type Known, lookUp } from './lookup.ts'

/** What the phone knows by itself, and whether the server can be asked. */
export type Held = Pick<Snapshot, 'rows' | 'pulledAt' | 'reachable'>

export interface Checked {
  tone: 'ok' | 'pending'
  words: string
}

interface CheckProps {
  held: Held
  jobKey: string
  serial: string
  action: Action
  /** All that stands on its label. */
  codes: readonly Code[]
}

export function CheckLine({ held, jobKey, serial, action, codes }: CheckProps): VNode {
  const { t, zone } = useUi()
  const known = useKnown(serial, held.reachable)
  const client = action === 'remove' ? '' : otherVisitWith(held.rows, jobKey, serial)
  const fitted: Checked = { tone: 'pending', words: t('scan.fitted', { what: client }) }
  const found = client ? fitted : checked(t, action, known, ageOf(t, zone, held))
  return (
    <div role="status">
      {found && <p class={found.tone}>{found.words}</p>}
      {contradictions(codes).length > 0 && <p class="pending">{t('scan.differs')}</p>}
    </div>
  )
}

/** What the server's word amounts to; without one, what the phone can say, `age` its data's. */
export function checked(
  t: Translator,
  action: Action,
  known: Known | null,
  age: string,
): Checked | null {
  const what = [known?.client, known?.street, known?.model].filter(Boolean).join(' · ')
  if (known?.state === 'elsewhere') return { tone: 'pending', words: t('scan.elsewhere') }
  if (known?.state === 'known') return { tone: 'pending', words: t('scan.known', { what }) }
  if (action === 'remove') return null
  const rest = known ? [t(`scan.${known.state}`, { what })] : [t('scan.unused'), age]
  return { tone: 'ok', words: [t('scan.valid'), ...rest].filter(Boolean).join(' · ') }
}

function ageOf(t: Translator, zone: string, { pulledAt }: Held): string {
  if (pulledAt === null) return ''
  const time = moment(t, zone, pulledAt, dayIn(zone, Date.now()))
  const words = t('day.data_at', { time })
  return words.charAt(0).toLowerCase() + words.slice(1)
}

function useKnown(serial: string, reachable: boolean): Known | null {
  const [known, setKnown] = useState<Known | null>(null)
  useEffect(() => {
    const stop = new AbortController()
    setKnown(null)
    if (reachable)
      void lookUp(serial, stop.signal).then((found) => !stop.signal.aborted && setKnown(found))
    return () => stop.abort()
  }, [serial, reachable])
  return known
}
