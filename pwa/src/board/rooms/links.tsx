/** Technicians' links: what each enrolled and still holds; extended, revoked. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { moment } from '../../i18n/format.ts'
import { useAct, useDesk } from '../desk/desk.ts'
import { Dialog, Fault, Go } from '../desk/dialog.tsx'
import { useMayDecide } from '../desk/me.ts'
import { ago, ending } from '../format.ts'
import type { LinkState } from '../state.ts'
import { Cell, Mark, Section, type Tone, useNow, useUi } from '../ui.tsx'
import { useAnswer } from './answer.ts'
import { HandedIn } from './handed-in.tsx'
import { MakeLink } from './make-link.tsx'

const DAYS_MORE = 14
const TONES: Readonly<Record<string, Tone>> = { active: 'ok', tonight: 'pending', revoked: 'error' }

interface Phone {
  device: string
  app: string
  seenAt: number
  pending: number
  photos: number
  revoked: boolean
}

interface Link {
  id: string
  technician: string
  name: string
  state: LinkState
  createdAt: number
  expiresAt: number
  most: number
  phones: Phone[]
  sent: { at: number; by: string; masked: string; error: string }[]
}

export function LinksRoom(): VNode {
  const { w } = useUi()
  const { answer, act, again } = useAnswer<Link[]>('links')
  const [asked, setAsked] = useState('')
  const revoked = answer?.find(({ id }) => id === asked)
  const { title, empty, phones, ends, state, messages } = w.desk.links
  const may = useMayDecide()
  const columns = [w.health.technician, state, ends, phones, messages]
  return (
    <>
      {may ? <MakeLink made={again} /> : null}
      {act.error ? <Fault act={act} /> : null}
      <Section
        id="links"
        title={title}
        empty={answer ? empty : w.loading}
        columns={may ? [...columns, w.desk.links.revoke] : columns}
        rows={answer?.length ?? 0}
      >
        <tbody>
          {answer?.map((line) => (
            <Row
              key={line.id}
              line={line}
              may={may}
              again={again}
              onRevoke={() => setAsked(line.id)}
            />
          ))}
        </tbody>
      </Section>
      {may ? <HandedIn /> : null}
      {revoked ? <Revoke line={revoked} again={again} onClose={() => setAsked('')} /> : null}
    </>
  )
}

interface RowProps {
  line: Link
  may: boolean
  again(): void
  onRevoke(): void
}

function Row({ line, may, again, onRevoke }: RowProps): VNode {
  const { w, t, zone, today } = useUi()
  const now = useNow()
  const { state, ends, phones, messages, holds } = w.desk.links
  return (
    <tr>
      <th scope="row" data-label={w.health.technician}>
        {line.name || w.nobody}
      </th>
      <Cell label={state}>
        <Mark tone={TONES[line.state] ?? 'quiet'}>{w.link[line.state]}</Mark>
      </Cell>
      <Cell label={ends}>{ending(t, zone, line.expiresAt)}</Cell>
      <Cell label={phones}>
        {`${line.phones.length} / ${line.most}`}
        {line.phones.map((phone) => (
          <small key={phone.device}>
            {w.health.device(phone.device.slice(-8))} · {ago(w, now - phone.seenAt)}
            {phone.pending + phone.photos ? ` · ${holds(phone.pending + phone.photos)}` : ''}
          </small>
        ))}
      </Cell>
      <Cell label={messages}>
        {line.sent.map(({ at, masked, error }) => (
          <small key={at}>
            {masked} · {moment(t, zone, at, today)}
            {error ? ` · ${error}` : ''}
          </small>
        ))}
      </Cell>
      {may ? (
        <Cell label={w.desk.links.revoke}>
          {line.state === 'revoked' ? null : (
            <Changes line={line} again={again} onRevoke={onRevoke} />
          )}
        </Cell>
      ) : null}
    </tr>
  )
}

function Changes({ line, again, onRevoke }: Omit<RowProps, 'may'>): VNode {
  const { w } = useUi()
  const act = useAct()
  const desk = useDesk()
  const { extend, revoke } = w.desk.links
  return (
    <div class="actions">
      <Go
        act={act}
        work={() => desk.send(`links/${line.id}/extend`, { days: DAYS_MORE })}
        done={again}
      >
        {extend}
      </Go>
      <button type="button" onClick={onRevoke}>
        {revoke}
        <span class="unseen"> {line.name}</span>
      </button>
      {act.error ? <Fault act={act} /> : null}
    </div>
  )
}

interface RevokeProps {
  line: Link
  again(): void
  onClose(): void
}

/** What is lost from sight is said before, not after. */
function Revoke({ line, again, onClose }: RevokeProps): VNode {
  const { w } = useUi()
  const act = useAct()
  const desk = useDesk()
  const { sure, unsent, nothingLeft, yes } = w.desk.links
  const left = unsentOf(line.phones)
  const end = async (): Promise<void> => {
    await desk.send(`links/${line.id}/revoke`, {})
    desk.refresh()
    again()
  }
  return (
    <Dialog title={`${w.desk.links.revoke} : ${line.name}`} onClose={onClose}>
      <p>{sure}</p>
      <p class={left.work + left.photos ? 'trouble' : 'soft'}>
        {left.work + left.photos ? unsent(left.work, left.photos) : nothingLeft}
      </p>
      <p class="actions">
        <Go act={act} work={end} done={onClose} class="danger">
          {yes}
        </Go>
      </p>
      <Fault act={act} />
    </Dialog>
  )
}

/** What phones whose session a revocation would end last said they hold. */
export function unsentOf(phones: readonly Pick<Phone, 'pending' | 'photos' | 'revoked'>[]): {
  work: number
  photos: number
} {
  const alive = phones.filter(({ revoked }) => !revoked)
  const sum = (pick: (phone: (typeof alive)[number]) => number): number =>
    alive.reduce((total, phone) => total + pick(phone), 0)
  return { work: sum((phone) => phone.pending), photos: sum((phone) => phone.photos) }
}
