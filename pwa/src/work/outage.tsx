/** "Panne connue dans le secteur": said before anyone swaps a good modem. */
import type { VNode } from 'preact'
import { moment } from '../i18n/format.ts'
import { fill } from '../i18n/translator.ts'
import { Sign } from '../tech/frame.tsx'
import { useUi } from '../tech/ui.ts'
import type { WorkSection } from '../tech/with-work.tsx'
import { useWords } from './words.ts'

export function Outage({ view, snapshot, today }: WorkSection): VNode | null {
  const { t, zone } = useUi()
  const words = useWords()
  const place = snapshot.rows.get(view.card.key)?.location
  const known = snapshot.outages.find((outage) => outage.place === place)
  if (!known) return null
  return (
    <p class="card note error" role="status">
      <Sign name="alert" />
      <span>{fill(words.outage, { time: moment(t, zone, known.since, today) })}</span>
      {known.text && <span class="words">{known.text}</span>}
    </p>
  )
}
