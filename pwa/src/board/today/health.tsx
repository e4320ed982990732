/** Sync health: one line a technician's phone, with what it last said it holds. */
import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { size } from '../../i18n/format.ts'
import { ago, silenceOf, span } from '../format.ts'
import type { DeviceLine, LinkState, Proof } from '../state.ts'
import { Cell, Mark, Section, type Tone, useNow, useUi } from '../ui.tsx'
import { useGradually } from './gradually.ts'
import { ProofLine } from './proof.tsx'

const LINK_TONES: Readonly<Record<LinkState, Tone>> = {
  active: 'ok',
  tonight: 'pending',
  expired: 'quiet',
  revoked: 'error',
  none: 'quiet',
}
const DEVICE_CHARACTERS = 8
/** More than its box shows. */
const LINES_AT_ONCE = 24
/** Ages are told in whole minutes. */
const MINUTE_MS = 60_000

interface Props {
  lines: DeviceLine[]
  proofs: readonly Proof[]
  filtered: boolean
}

export function Health({ lines, proofs, filtered }: Props): VNode {
  const { w } = useUi()
  const now = useNow()
  const drawn = useGradually(lines.length, LINES_AT_ONCE)
  const days = new Map(proofs.map((proof) => [proof.technician, proof]))
  const { technician, contact, pending, oldest, photos, link, app } = w.health
  return (
    <Section
      id="health"
      title={w.health.title}
      empty={filtered ? w.health.none : w.health.empty}
      columns={[technician, contact, pending, oldest, photos, w.desk.proof.title, link, app]}
      rows={lines.length}
      note={w.health.note}
      scrolls
    >
      <tbody>
        {lines.slice(0, drawn).map((line) => (
          <Line
            key={`${line.technician} ${line.device}`}
            line={line}
            now={now}
            proof={days.get(line.technician)}
          />
        ))}
      </tbody>
    </Section>
  )
}

interface LineProps {
  line: DeviceLine
  proof: Proof | undefined
  now: number
}

// Drawn anew when it says something else: an office of 200 technicians hears of one of them.
function Line(props: LineProps): VNode {
  const ui = useUi()
  const { line, proof, now } = props
  const minute = Math.floor(now / MINUTE_MS)
  return useMemo(() => <LineBody {...props} />, [ui, line, JSON.stringify(proof), minute])
}

function LineBody({ line, proof, now }: LineProps): VNode {
  const { w, t } = useUi()
  const photos = line.photos ? `${line.photos} / ${size(t, line.photoBytes)}` : '0'
  return (
    <tr>
      <th scope="row">
        {line.name || w.nobody}
        <small>
          {line.device ? w.health.device(line.device.slice(-DEVICE_CHARACTERS)) : w.health.noDevice}
        </small>
      </th>
      <Cell label={w.health.contact}>
        <Contact line={line} now={now} />
      </Cell>
      <Cell label={w.health.pending} number>
        <Amount n={line.pending} text={String(line.pending)} />
      </Cell>
      <Cell label={w.health.oldest} number>
        {line.oldestAt === null ? '–' : span(w, now - line.oldestAt)}
      </Cell>
      <Cell label={w.health.photos} number>
        <Amount n={line.photos} text={photos} />
      </Cell>
      <Cell label={w.desk.proof.title}>
        <ProofLine proof={proof} onDevice={line.pending + line.photos} />
      </Cell>
      <Cell label={w.health.link}>
        <Mark tone={LINK_TONES[line.link]}>{w.link[line.link]}</Mark>
      </Cell>
      <Cell label={w.health.app}>{line.app || '–'}</Cell>
    </tr>
  )
}

function Contact({ line, now }: { line: DeviceLine; now: number }): VNode {
  const { w } = useUi()
  const silence = silenceOf(line, now)
  const when = line.seenAt === null ? w.health.never : ago(w, now - line.seenAt)
  if (silence === 'ok') return <>{when}</>
  return (
    <>
      {when} <Mark tone={silence === 'silent' ? 'error' : 'pending'}>{w.health[silence]}</Mark>
    </>
  )
}

function Amount({ n, text }: { n: number; text: string }): VNode {
  return n > 0 ? <b>{text}</b> : <span class="soft">{text}</span>
}
