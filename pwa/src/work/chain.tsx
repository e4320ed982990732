/** The steps of one order: what comes before a visit, and what after, as far as this phone holds them. */
import type { VNode } from 'preact'
import { named } from '../i18n/translator.ts'
import { parseStatus } from '../sync/job-status.ts'
import type { Cells, Rows } from '../sync/types.ts'
import { text, whole } from '../tech/cells.ts'
import { Chip } from '../tech/day-screen.tsx'
import { useUi } from '../tech/ui.ts'
import { Section } from '../tech/visit-sections.tsx'
import type { WorkSection } from '../tech/with-work.tsx'
import { useWords } from './words.ts'

export function Chain({ view, snapshot }: WorkSection): VNode | null {
  const { t } = useUi()
  const words = useWords()
  const steps = chainOf(snapshot.rows, view.card.key)
  const at = steps.findIndex(([key]) => key === view.card.key)
  if (steps.length < 2) return null
  return (
    <Section title={words.chain}>
      <ul>
        {steps.map(([key, job], n) => (
          <li key={key} class="line">
            {n === at ? (
              <b>{words.chain_here}</b>
            ) : (
              <a class="btn" href={`#/${key}`}>
                {n < at ? words.chain_before : words.chain_after}
              </a>
            )}
            <span class="soft">
              {[named(t, 'type', text(job, 'job_type')), text(job, 'date')].join(' · ')}
            </span>
            <Chip status={parseStatus(job.status) ?? 'todo'} />
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** The visits of the same order, the first step first; the first one is the parent of the others. */
export function chainOf(rows: Rows, key: string): [key: string, job: Cells][] {
  const root = text(rows.get(key), 'parent') || key
  return [...rows]
    .filter(([other, job]) => other === root || (root && text(job, 'parent') === root))
    .sort(([, a], [, b]) => whole(a, 'step') - whole(b, 'step'))
}
