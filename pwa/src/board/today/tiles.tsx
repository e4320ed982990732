/** The header's numbers: what to decide, what was refused, what waits, who answers. */
import type { ComponentChildren, VNode } from 'preact'
import { moment } from '../../i18n/format.ts'
import { ago, span } from '../format.ts'
import type { BackupsTile, Office, SourceLine, Tiles } from '../state.ts'
import { type Tone, useNow, useUi } from '../ui.tsx'

const OLD_MS = 2 * 60 * 60_000

export function TileRow({ tiles, sources }: { tiles: Tiles; sources: SourceLine[] }): VNode {
  const { w } = useUi()
  return (
    <ul class="tiles">
      <Tile to="#conflicts" tone={tiles.conflicts ? 'conflict' : 'quiet'} name={w.tile.conflicts}>
        <b>{tiles.conflicts}</b>
        <small>{w.tile.conflictsHint}</small>
      </Tile>
      <Tile
        to="#refused"
        tone={tiles.refused ? 'error' : 'quiet'}
        name={w.tile.refused(tiles.refusedDays)}
      >
        <b>{tiles.refused}</b>
        <small>{w.tile.refusedHint}</small>
      </Tile>
      <OldestTile oldest={tiles.oldest} />
      <OfficeTile office={tiles.office} />
      <SourcesTile sources={sources} />
      <ServerTile backups={tiles.backups} disk={tiles.disk} />
    </ul>
  )
}

function OldestTile({ oldest }: { oldest: Tiles['oldest'] }): VNode {
  const { w } = useUi()
  const now = useNow()
  const age = oldest ? now - oldest.at : 0
  return (
    <Tile to="#health" tone={age > OLD_MS ? 'pending' : 'quiet'} name={w.tile.oldest}>
      <b>{oldest ? span(w, age) : '–'}</b>
      <small>{oldest ? w.tile.oldestHint(oldest.technician || w.nobody) : w.tile.oldestNone}</small>
    </Tile>
  )
}

function OfficeTile({ office }: { office: Office }): VNode {
  const { w, t, zone, today } = useUi()
  const now = useNow()
  const late = office.since === null ? w.tile.ok : w.tile.late(moment(t, zone, office.since, today))
  const facts = [
    w.tile.queued(office.queued),
    office.parked > 0 ? w.tile.parked(office.parked) : '',
    office.checkedAt === null ? '' : w.tile.checked(ago(w, now - office.checkedAt)),
  ]
  return (
    <Tile to="#/outbox" tone={officeTone(office)} name={w.tile.office}>
      <b class="words">{office.state === 'unknown' ? w.tile.unknown : late}</b>
      <small>{facts.filter(Boolean).join(' · ')}</small>
    </Tile>
  )
}

/** Whom checks and labels are asked of, each with the state of its breaker. */
function SourcesTile({ sources }: { sources: SourceLine[] }): VNode {
  const { w, t, zone, today } = useUi()
  const names: Readonly<Record<string, string | object>> = w.desk.source
  const { closed, open, stopped, none, title } = w.desk.source
  const away = sources.filter(({ breaker }) => breaker !== 'closed')
  const said = ({ breaker, since }: SourceLine): string => {
    const time = since === null ? '' : moment(t, zone, since, today)
    return breaker === 'closed' ? closed : breaker === 'stopped' ? stopped(time) : open(time)
  }
  return (
    <Tile to="#/checks" tone={away.length ? 'error' : sources.length ? 'ok' : 'quiet'} name={title}>
      {sources.length ? null : <b class="words">{none}</b>}
      {sources.map((line) => (
        <small key={line.name}>
          <i aria-hidden="true">{line.breaker === 'closed' ? '✓' : '■'}</i>{' '}
          {String(names[line.name] ?? line.name)} {said(line)}
        </small>
      ))}
    </Tile>
  )
}

/** What an alert would tell of this server, with the same words. */
function ServerTile({ backups, disk }: Pick<Tiles, 'backups' | 'disk'>): VNode {
  const { w, t } = useUi()
  const bad = backups.state === 'stale' || disk.isFilling
  const warns = backups.failingSince !== null || backups.state === 'off'
  const percent = t.lang === 'fr' ? `${disk.percent}\u00a0%` : `${disk.percent}%`
  return (
    <Tile tone={bad ? 'error' : warns ? 'pending' : 'ok'} name={w.server.title}>
      <BackupsLine backups={backups} />
      <small>
        <i aria-hidden="true">{disk.isFilling ? '■' : '✓'}</i>{' '}
        {disk.isFilling ? w.server.filling(percent) : w.server.disk(percent)}
      </small>
    </Tile>
  )
}

const BACKUP_SIGNS: Readonly<Record<BackupsTile['state'], string>> = {
  off: '▲',
  none: '○',
  ok: '✓',
  stale: '■',
}

function BackupsLine({ backups }: { backups: BackupsTile }): VNode {
  const { w, t, zone, today } = useUi()
  const now = useNow()
  const { state, takenAt, failingSince } = backups
  const age = ago(w, now - (takenAt ?? failingSince ?? now))
  const { off, none, taken, stale, failing } = w.server
  const says = { off, none, ok: taken(age), stale: takenAt === null ? none : stale(age) }
  const fails = failingSince === null ? '' : failing(moment(t, zone, failingSince, today))
  return (
    <small>
      <i aria-hidden="true">{BACKUP_SIGNS[state]}</i>{' '}
      {`${w.server.backups}${t.lang === 'fr' ? '\u00a0' : ''}: ${[says[state], fails].filter(Boolean).join(' · ')}`}
    </small>
  )
}

function officeTone({ state, parked }: Office): Tone {
  if (state === 'late') return 'error'
  if (parked > 0) return 'pending'
  return state === 'ok' ? 'ok' : 'quiet'
}

interface TileProps {
  /** Where more of it stands, if anywhere. */
  to?: string
  tone: Tone
  name: string
  children: ComponentChildren
}

function Tile({ to, tone, name, children }: TileProps): VNode {
  const said = (
    <>
      <span>{name}</span>
      {children}
    </>
  )
  return <li class={`tile ${tone}`}>{to ? <a href={to}>{said}</a> : <div>{said}</div>}</li>
}
