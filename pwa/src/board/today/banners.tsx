/** What everybody must know before anything else: ERPNext is away, a sector is out. */
import type { VNode } from 'preact'
import { moment } from '../../i18n/format.ts'
import type { BoardState } from '../state.ts'
import { useUi } from '../ui.tsx'

export function Banners({ board }: { board: BoardState }): VNode {
  const { w, t, zone, today } = useUi()
  const { office } = board.tiles
  const at = (instant: number): string => moment(t, zone, instant, today)
  const { mode, known, visits } = w.desk.outage
  return (
    <div role="status">
      {office.awaySince !== null ? (
        <p class="banner pending">
          <i aria-hidden="true">▲</i> {mode(at(office.awaySince), office.queued)}
        </p>
      ) : null}
      {board.outages.map((out) => (
        <p key={out.id} class="banner error">
          <i aria-hidden="true">■</i> <b>{known(out.sector, at(out.since))}</b>
          {out.text && out.text !== out.sector ? ` · ${out.text}` : ''} · {visits(out.visits)}
        </p>
      ))}
    </div>
  )
}
