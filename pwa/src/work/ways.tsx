/** The ways on from a section of a visit that are not every visit's. */
import type { VNode } from 'preact'
import type { WorkSection } from '../tech/with-work.tsx'
import { undoable } from './undo-step.tsx'
import { useWords } from './words.ts'

export function EquipmentWays({ view, locked }: WorkSection): VNode | null {
  const words = useWords()
  const { key, status } = view.card
  const mayCorrect = view.equipment.some(({ action }) => action !== 'remove')
  const mayReplace = status === 'on_site'
  if (locked || !(mayCorrect || mayReplace)) return null
  return (
    <p class="calls">
      {mayReplace && <a href={`#/${key}/replace`}>{words.replace}</a>}
      {mayCorrect && <a href={`#/${key}/correct`}>{words.correct}</a>}
    </p>
  )
}

export function StepWays({ view, locked }: WorkSection): VNode | null {
  const words = useWords()
  if (locked || undoable(view).length === 0) return null
  return (
    <p class="calls">
      <a href={`#/${view.card.key}/undo-step`}>{words.undo_step}</a>
    </p>
  )
}
