/** The visit's own line about the check of its line: how it stands, the light, how old that is. */
import type { VNode } from 'preact'
import type { Snapshot } from '../sync/types.ts'
import { Sign } from '../tech/frame.tsx'
import { useUi } from '../tech/ui.ts'
import { actionOf, type VisitView } from '../tech/visit.ts'
import { Section as Card } from '../tech/visit-sections.tsx'
import { Mark } from './lines.tsx'
import { trialsIn } from './place.ts'
import { ageOf, amount } from './said.ts'
import { lightOf, type Trial } from './view.ts'
import { wordsOf } from './words.ts'

export interface SectionProps {
  view: VisitView
  snapshot: Snapshot
  /** A visit that only is to be read. */
  locked: boolean
}

export function Section({ view, snapshot, locked }: SectionProps): VNode | null {
  const { t } = useUi()
  const { key, type } = view.card
  const newest = trialsIn(snapshot, key).at(-1)
  // Nothing is left to check where a device was taken back.
  if (!newest && (locked || actionOf(type) === 'remove')) return null
  const words = wordsOf(t.lang)
  return (
    <Card title={t('visit.verification')} aside={newest && <Mark shown={newest.shown} />}>
      {newest && <p class="soft">{told(newest, Date.now() + snapshot.clockOffset, t.lang)}</p>}
      <p class="calls">
        <a href={`#/${key}/verify`}>
          <Sign name="check" />
          {newest ? words.see : words.verify}
        </a>
      </p>
    </Card>
  )
}

function told(trial: Trial, now: number, lang: 'fr' | 'en'): string {
  const light = lightOf(trial)
  const age = ageOf(trial.measuredAt || trial.askedAt, now, lang)
  return [light && amount(light, lang), age].filter(Boolean).join(' · ')
}
