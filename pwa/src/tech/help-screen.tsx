/** T8, help without network: what the words mean, whom to call, what to tell them. */
import type { VNode } from 'preact'
import type { Snapshot } from '../sync/types.ts'
import type { Ahead } from './ahead.ts'
import { Frame, Sign } from './frame.tsx'
import { type Strip, waitingCount } from './strip.ts'
import { useUi } from './ui.ts'
import { DeviceHelp } from './with-device.tsx'
import { Sun } from './with-work.tsx'

export interface HelpProps {
  strip: Strip
  snapshot: Snapshot
  officePhone: string
  version: string
  /** What can be done without network. */
  ahead: Ahead
}

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
      <DeviceHelp snapshot={snapshot} version={version} />
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
