/** Decides what this phone knows to be in place where a visit is. */
import { stands } from '../sync/lines.ts'
import type { Cells, Rows } from '../sync/types.ts'
import { text } from '../tech/cells.ts'
import { dated } from '../tech/visit.ts'

/** The serials that the visits of the place report as in place, the newest first. */
export function fittedAt(rows: Rows, jobKey: string): string[] {
  const place = text(rows.get(jobKey), 'location')
  const jobs = [...rows].filter(
    ([key, job]) => key.startsWith('job/') && (key === jobKey || isAt(job, place)),
  )
  const lines = jobs.flatMap(([, job]) => dated(job, 'equipment')).sort((a, b) => b.at - a.at)
  const isGone = (serial: string, since: number): boolean =>
    lines.some(({ value, at }) => {
      const out = value.action === 'remove' ? value.serial : value.replaces
      return at >= since && out === serial
    })
  const inPlace = lines.filter(
    ({ value, at }) => stands(value) && !isGone(text(value, 'serial'), at),
  )
  return [...new Set(inPlace.map(({ value }) => text(value, 'serial')))]
}

function isAt(job: Cells, place: string): boolean {
  return place !== '' && job.location === place
}
