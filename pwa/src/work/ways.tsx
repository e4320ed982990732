/** The ways with a visit's equipment that are not every visit's. */
import type { VNode } from 'preact'
import type { WorkSection } from '../tech/with-work.tsx'
import { useWords } from './words.ts'

export function EquipmentWays({ view, locked }: WorkSection): VNode | null {
  const words = useWords()
  const { key } = view.card
  const mayCorrect = view.equipment.some(({ action }) => action !== 'remove')
  if (locked || !mayCorrect) return null
  return <p class="calls">{mayCorrect && <a href={`#/${key}/correct`}>{words.correct}</a>}</p>
}
