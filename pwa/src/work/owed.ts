/** Decides what the end of a visit still asks for besides its required steps. */
import { fill, type Lang } from '../i18n/translator.ts'
import type { Cells } from '../sync/types.ts'
import { entries, text } from '../tech/cells.ts'
import { actionOf, dated, type VisitView } from '../tech/visit.ts'
import { photosOf } from './slots.ts'
import { wordsOf } from './words.ts'

/** A screen of the visit, by the part of its address, and how the link to it reads. */
export interface Owed {
  part: string
  word: string
}

/** In the order of the work: the check of the line, the photos, the customer's word. */
export function owedOf({ card }: VisitView, job: Cells, lang: Lang): Owed[] {
  const words = wordsOf(lang)
  const { taken, required } = photosOf(job, [])
  const counted = fill(words.photos_owed, { n: taken.length, of: required })
  const owed: [owes: boolean, part: string, word: string][] = [
    [card.type === 'installation' && isUnchecked(job), 'verify', words.check_line],
    [taken.length < required, 'photos', counted],
    [card.type === 'installation' && !isSigned(job), 'sign', words.sign],
  ]
  return owed.flatMap(([owes, part, word]) => (owes ? [{ part, word }] : []))
}

/** Whether something is in place whose line nobody has asked to check. */
export function isUnchecked(job: Cells): boolean {
  const isThere = text(job, 'status') === 'on_site' && actionOf(text(job, 'job_type')) === 'install'
  return isThere && entries(job, 'verifications').length === 0
}

function isSigned(job: Cells): boolean {
  return dated(job, 'signatures').some(({ value }) => value.moment === 'conformity')
}
