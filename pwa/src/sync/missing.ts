/** What a visit's completion lacks: twin of `missing_evidence` in `sync/evidence.py`. */
import { stands } from './lines.ts'
import type { Cells } from './types.ts'
import { isEnded } from './verification.ts'
import { itemsOf, type Writes } from './writes.ts'

/** What the completion that can bill still waits for; the server's word is the one that counts. */
export function missingEvidence(cells: Cells): string[] {
  if (!cells.billable) return []
  const demanded = Array.isArray(cells.evidence) ? cells.evidence : Object.keys(IS_THERE)
  return demanded.map(String).filter((kind) => !IS_THERE[kind]?.(cells))
}

/** A label that was photographed and that no line answers: to be read, or to be chosen from. */
function isLabelToConfirm(cells: Cells): boolean {
  const lines = itemsOf(cells, 'equipment').map(([, line]) => line)
  const known = lines.map(({ serial }) => String(serial).toUpperCase())
  return itemsOf(cells, 'scans').some(([path, { state, codes, what }]) => {
    const values = (Array.isArray(codes) ? codes : []).map((code) => code?.value)
    const answered = lines.some(({ scan }) => path === `scans/${scan}`)
    const told = values.some((value) => known.includes(String(value).toUpperCase()))
    return (state === 'waiting' || state === 'choose') && !what && !answered && !told
  })
}

const IS_THERE: Record<string, (cells: Cells) => boolean> = {
  serial: (cells) =>
    itemsOf(cells, 'equipment').some(([, line]) => stands(line)) && !isLabelToConfirm(cells),
  verification: (cells) => {
    const last = lastCheck(cells)
    return last?.verdict !== 'fail' || 'accepted' in last
  },
  photos: (cells) => {
    const here = itemsOf(cells, 'photos').filter(([, item]) => item.received_at != null)
    return here.length >= Number(cells.required_photos ?? 0)
  },
}

/** The newest check that has a verdict; one that is asked for, or under way, changes nothing. */
function lastCheck(cells: Cells): Writes | undefined {
  const checks = itemsOf(cells, 'verifications').map(([, check]) => check)
  return checks
    .filter(isEnded)
    .sort((a, b) => Number(a.at) - Number(b.at))
    .at(-1)
}
