/** Lines of work, of a visit's timeline and of the journal: three times, who, what, and its fate. */
import type { VNode } from 'preact'
import { moment } from '../../i18n/format.ts'
import { named } from '../../i18n/translate.ts'
import { why } from '../format.ts'
import { Cell, Head, Mark, type Tone, type Ui, useUi } from '../ui.tsx'

/** Who acts without being a person, as they are written. */
const PROGRAMS: Readonly<Record<string, string>> = { terrain: 'Terrain', erpnext: 'ERPNext' }

export interface WorkLine {
  id: string
  kind: string
  by: string
  device: string
  args: Record<string, unknown>
  madeAt: number
  receivedAt: number
  outcome: string
  reason: string
  fate: string
  filedAt: number | null
  visit?: string
  key?: string
  /** ERPNext must hear of it; a timeline does not say. */
  owes?: boolean
}

interface Props {
  lines: readonly WorkLine[]
  /** With the visit that each line is about. */
  visits?: boolean
  label: string
}

export function WorkTable({ lines, visits, label }: Props): VNode {
  const { w } = useUi()
  const { made, received, filed, who, what, fate, visit } = w.desk.line
  const columns = [made, received, filed, who, ...(visits ? [visit] : []), what, fate]
  return (
    <table aria-label={label}>
      <Head columns={columns} />
      <tbody>
        {lines.map((line) => (
          <Line key={line.id} line={line} visits={visits === true} />
        ))}
      </tbody>
    </table>
  )
}

function Line({ line, visits }: { line: WorkLine; visits: boolean }): VNode {
  const ui = useUi()
  const { w, t, zone, today } = ui
  const at = (instant: number | null): string =>
    instant === null ? '–' : moment(t, zone, instant, today)
  const [tone, fate] = fateOf(ui, line)
  return (
    <tr>
      <Cell label={w.desk.line.made}>{at(line.madeAt)}</Cell>
      <Cell label={w.desk.line.received}>{at(line.receivedAt)}</Cell>
      <Cell label={w.desk.line.filed}>{at(line.filedAt)}</Cell>
      <th scope="row" data-label={w.desk.line.who}>
        {PROGRAMS[line.by] ?? line.by}
      </th>
      {visits ? <Cell label={w.desk.line.visit}>{line.visit || line.key}</Cell> : null}
      <Cell label={w.desk.line.what}>{whatOf(ui, line)}</Cell>
      <Cell label={w.desk.line.fate}>
        <Mark tone={tone}>{fate}</Mark>
      </Cell>
    </tr>
  )
}

/** "Statut Terminée", "Note « Chien »", "Équipement TPLG1A2B3C4D". */
export function whatOf({ w, t }: Ui, { kind, args }: WorkLine): string {
  const kinds: Readonly<Record<string, string>> = w.kind
  const said = kinds[kind] ?? kind
  if (kind === 'status') return `${said} ${named(t, 'status', String(args.to ?? ''))}`
  if (kind === 'note') return `${said} « ${String(args.text ?? '')} »`
  if (kind === 'edit')
    return `${said} ${Object.keys(args)
      .map((name) => fieldOf(w.field, name))
      .join(', ')}`
  if (kind === 'verified')
    return `${said} ${verdictOf(w.desk.checks.verdicts, args.verdict)}`.trim()
  const about = args.serial ?? args.right ?? args.tag ?? args.slot ?? args.choice
  return typeof about === 'string' && about ? `${said} ${about}` : said
}

// A check that goes on has none yet.
function verdictOf(verdicts: Readonly<Record<string, string>>, verdict: unknown): string {
  return typeof verdict === 'string' ? (verdicts[verdict] ?? verdict) : ''
}

function fieldOf(fields: Readonly<Record<string, string>>, name: string): string {
  return fields[name] ?? name
}

function fateOf({ w }: Ui, line: WorkLine): [Tone, string] {
  const { onFile, refused, conflict, waiting, none, held } = w.desk.line
  const { outcome, fate } = line
  if (outcome === 'rejected' || outcome === 'parked')
    return ['error', why(w, line.reason) || refused]
  if (fate === 'filed') return ['ok', onFile]
  if (fate === 'refused') return ['error', refused]
  if (fate === 'conflict' || outcome === 'conflict') return ['conflict', conflict]
  if (outcome === 'held') return ['pending', held]
  return line.owes === false || line.kind === 'upstream' ? ['quiet', none] : ['pending', waiting]
}
