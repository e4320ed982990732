/** What a technician may choose of a conflict: twin of `may_choose` in `sync/conflicts.py`. */
import type { Conflict } from './protocol.ts'

const OFFICE_GIVES_BACK = ['technician', 'deleted']

/** Whether he may keep his own value, or only ask the office for it. */
export function mayKeepMine({ path, theirs }: Pick<Conflict, 'path' | 'theirs'>): boolean {
  const notHis = OFFICE_GIVES_BACK.includes(path) || path.includes('/')
  return !notHis && !(path === 'status' && theirs === 'cancelled')
}
