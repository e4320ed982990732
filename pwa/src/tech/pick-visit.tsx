/** Asks for which visit of today a label is scanned, the one under way first. */
import type { VNode } from 'preact'
import type { Snapshot } from '../sync/types.ts'
import type { DayView } from './day.ts'
import { hours } from './day-screen.tsx'
import { Frame } from './frame.tsx'
import { type Strip, waitingCount } from './strip.ts'
import { useUi } from './ui.ts'

const DONE = new Set(['completed', 'not_completed', 'cancelled'])

export function PickVisit(props: { view: DayView; strip: Strip; snapshot: Snapshot }): VNode {
  const { t } = useUi()
  const { current, cards } = props.view
  const open = [...(current ? [current] : []), ...cards].filter((card) => !card.removed)
  return (
    <Frame
      title={t('scan.title')}
      strip={props.strip}
      waiting={waitingCount(props.snapshot)}
      tab="scan"
      age={t('scan.pick_visit')}
    >
      <ul>
        {open
          .filter((card) => !DONE.has(card.status))
          .map((card) => (
            <li key={card.key} class="card">
              <a class="open" href={`#/${card.key}/scan`}>
                <p>
                  <b>{hours(t, card.window)}</b>
                </p>
                <h2>{card.client}</h2>
                <p>{[card.street, card.town].filter(Boolean).join(', ')}</p>
              </a>
            </li>
          ))}
      </ul>
      {open.length === 0 && <p class="card">{t('day.empty_no_phone')}</p>}
    </Frame>
  )
}
