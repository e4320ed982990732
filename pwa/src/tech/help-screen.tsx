/** T8, help without network: what the words mean, whom to call, what to tell them. */
import type { VNode } from 'preact'
import type { Key } from '../i18n/translator.ts'
import type { ItemState, Snapshot } from '../sync/types.ts'
import type { Ahead } from './ahead.ts'
import { Frame, Sign } from './frame.tsx'
import { signOf, toneOf } from './item-state.ts'
import { type Strip, waitingCount } from './strip.ts'
import { useUi } from './ui.ts'
import { Sun } from './with-work.tsx'

export interface HelpProps {
  strip: Strip
  snapshot: Snapshot
  officePhone: string
  version: string
  /** What can be done without network. */
  ahead: Ahead
}

const WORDS: readonly (readonly [ItemState, Key, Key])[] = [
  ['local', 'state.local', 'help.local'],
  ['retry', 'state.retry_soon', 'help.retry'],
  ['received', 'state.received', 'help.received'],
  ['office_late', 'state.office_late', 'help.office_late'],
  ['done', 'state.done', 'help.done'],
  ['conflict', 'state.conflict', 'help.conflict'],
  ['rejected', 'outbox.refused', 'help.rejected'],
]

export function HelpScreen(props: HelpProps): VNode {
  const { strip, snapshot, officePhone, version, ahead } = props
  const { t, office } = useUi()
  return (
    <Frame title={t('help.title')} strip={strip} waiting={waitingCount(snapshot)} tab="help">
      {office && (
        <p class="calls">
          <a class="btn main" href={`tel:${office}`}>
            <Sign name="phone" />
            <span class="lines">
              {t('help.office')} <span class="nowrap">{officePhone}</span>
            </span>
          </a>
        </p>
      )}
      <Sun />
      <section class="card">
        <h2>{t('help.words')}</h2>
        <dl>
          {WORDS.map(([state, word, meaning]) => (
            <div key={state}>
              <dt class={`state ${toneOf(state)}`}>
                <Sign name={signOf(state)} />
                {t(word)}
              </dt>
              <dd>{t(meaning)}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section class="card">
        <dl>
          <Fact
            name={t('help.reader')}
            value={t(ahead.reader ? 'help.reader_ready' : 'app.not_here')}
          />
          <Fact
            name={t('visit.verification')}
            value={t(ahead.check ? 'help.check_ready' : 'app.not_here')}
          />
          <Fact name={t('help.technician')} value={snapshot.name} />
          <Fact name={t('help.version')} value={version} />
          <Fact name={t('help.device')} value={snapshot.device} />
        </dl>
      </section>
    </Frame>
  )
}

function Fact({ name, value }: { name: string; value: string }): VNode {
  return (
    <div>
      <dt class="soft">{name}</dt>
      <dd class="words">{value}</dd>
    </div>
  )
}
