/** Decides what the screen says of a visit's checks, from the cells of the visit alone. */
import type { Cells, Item } from '../sync/types.ts'
import { entries, isRecord, text } from '../tech/cells.ts'
import { isUnsent } from '../tech/item-state.ts'
import {
  type Measured,
  meterCheck,
  type Line as Place,
  type State,
  siteThresholds,
} from '../verdict/index.ts'

/** `waiting` is a wish still on the phone, `asked` one that the server has, `running` one it makes. */
export type Shown = 'waiting' | 'asked' | 'running' | State

/** One line of a check; `low` and `high` are what is tolerated, in `unit`. */
export interface Found {
  name: string
  state: State
  reason: string
  remarks: readonly string[]
  value: number | string | null
  unit: string
  low: number | null
  high: number | null
  source: string
  /** UTC ms, 0 when it is not known. */
  measuredAt: number
}

export interface Source {
  name: string
  state: string
  /** The code of why it ended so, "" for none. */
  detail: string
}

export interface Step {
  name: string
  done: boolean
}

export interface Trial {
  id: string
  shown: Shown
  /** Of one that goes on: what it says so far, else "". */
  soFar: State | ''
  askedAt: number
  /** When the line was looked at, 0 while it was not. */
  measuredAt: number
  lines: readonly Found[]
  sources: readonly Source[]
  /** Of one that waits for its turn: how many are made before it. */
  ahead: number
  /** How far a terminal that starts has come; none of one that runs. */
  steps: readonly Step[]
  accepted: { by: string; reason: string; at: number } | null
  /** What the technician's own meter said, where the check tells the light by somebody else. */
  meter: Found | null
}

/** From the best to the worst, as the server weighs them. */
const STATES: readonly string[] = ['pass', 'warning', 'unverified', 'fail']

/** The checks of a visit, the newest last; `place` is what is known of its line. */
export function trialsOf(job: Cells, items: readonly Item[], place: Place): Trial[] {
  return entries(job, 'verifications')
    .flatMap(([id, cell]) => (isRecord(cell) ? [trialOf(id, cell, items, place)] : []))
    .sort((one, other) => one.askedAt - other.askedAt)
}

/** What stands on the screen: the newest check, and the last verdict while that one goes on. */
export function current(trials: readonly Trial[]): [newest?: Trial, before?: Trial] {
  const newest = trials.at(-1)
  if (!newest || isOver(newest)) return newest ? [newest] : []
  const before = trials.findLast(isOver)
  return before ? [newest, before] : [newest]
}

export function isOver({ shown }: Trial): boolean {
  return STATES.includes(shown)
}

/** What there is to do something about, before all that is well; else in the order of the checks. */
export function worstFirst(lines: readonly Found[]): Found[] {
  return [...lines].sort((one, other) => STATES.indexOf(other.state) - STATES.indexOf(one.state))
}

/** The light at the customer's end, by whoever told it. */
export function lightOf({ lines }: Trial): Found | undefined {
  return lines.find(({ name, value }) => name === 'rx_ont' && typeof value === 'number')
}

/** The light of each check that has one. */
export function lights(trials: readonly Trial[]): Measured[] {
  const told = trials.flatMap((trial) => {
    const light = lightOf(trial)
    if (!light) return []
    return [{ dbm: Number(light.value), atMs: light.measuredAt || trial.askedAt }]
  })
  // Two wishes that one check answers are one reading.
  return told.filter(({ atMs }, i) => told.findIndex((each) => each.atMs === atMs) === i)
}

/** Who answers, in two halves of one sentence; "" where nobody of them was asked yet. */
export function whoAnswers({ lines, sources }: Trial): [modem: Voice, network: Voice] {
  const own = sources.filter(({ name, state }) => name !== 'olt' && state !== 'skipped')
  if (sources.length && sources.every(({ state }) => state === 'skipped')) return ['nobody', '']
  const isHeard = own.some(({ name, state }) => name !== 'acs_cached' && state === 'ok')
  const isOver = own.length > 0 && own.every(({ state }) => state !== 'running')
  const olt = sources.find(({ name }) => name === 'olt')
  const pon = lines.find(({ name }) => name === 'pon_online')
  const modem = isHeard ? 'modem_answers' : isOver && 'modem_silent'
  return [modem || '', networkVoice(olt?.state ?? '', pon)]
}

/** Whether nobody could be asked because the visit names no modem: then nothing else is to be said. */
export function hasNoModem({ sources }: Trial): boolean {
  return sources.length > 0 && sources.every(({ detail }) => detail === 'no-serial')
}

export type Voice =
  | ''
  | 'modem_answers'
  | 'modem_silent'
  | 'nobody'
  | 'network_sees'
  | 'network_blind'
  | 'network_silent'

function networkVoice(state: string, pon: Found | undefined): Voice {
  if (state === 'timeout' || state === 'error') return 'network_silent'
  if (pon?.state === 'pass' || pon?.state === 'warning') return 'network_sees'
  return pon?.state === 'fail' ? 'network_blind' : ''
}

/** Whether the last verdict says that the customer's Internet works. */
export function isUp(trial: Trial | undefined): boolean {
  return !!trial?.lines.some(({ name, state }) => name === 'wan_up' && state === 'pass')
}

function trialOf(id: string, cell: Cells, items: readonly Item[], place: Place): Trial {
  const verdict = stateOf(cell.verdict)
  const askedAt = Number(cell.at) || 0
  const lines = recordsOf(cell.checks).map(foundOf)
  const meter = metered(cell.rx_dbm, place, askedAt)
  const { accepted } = cell
  return {
    id,
    shown: shownOf(
      cell,
      verdict,
      items.find((item) => item.id === id),
    ),
    soFar: verdict,
    askedAt,
    measuredAt: Number(cell.measured_at) || 0,
    lines: lines.length || !meter ? lines : [meter],
    meter: lines.some(({ name, source }) => name === 'rx_ont' && source !== 'manual')
      ? meter
      : null,
    sources: recordsOf(cell.sources).map((each) => ({
      name: text(each, 'name'),
      state: text(each, 'state'),
      detail: text(each, 'detail'),
    })),
    ahead: cell.state === 'running' ? Number(cell.ahead) || 0 : 0,
    steps: recordsOf(cell.steps).map((each) => ({
      name: text(each, 'id'),
      done: each.done === true,
    })),
    accepted: isRecord(accepted)
      ? { by: text(accepted, 'by'), reason: text(accepted, 'reason'), at: Number(accepted.at) || 0 }
      : null,
  }
}

// A check without a verdict is none that passed, whatever its state says.
function shownOf(cell: Cells, verdict: State | '', wish: Item | undefined): Shown {
  if (cell.state === 'asked') return wish && isUnsent(wish.state) ? 'waiting' : 'asked'
  if (cell.state === 'running') return 'running'
  return verdict || 'unverified'
}

function metered(dbm: unknown, place: Place, at: number): Found | null {
  if (typeof dbm !== 'number') return null
  const {
    name,
    state,
    reason,
    unit = '',
    value = null,
    limit,
  } = meterCheck(dbm, place, at, siteThresholds())
  const [low, high] = limit ?? [null, null]
  const whence = { source: 'manual', measuredAt: at }
  return { name, state, reason, remarks: [], value, unit, low, high, ...whence }
}

function foundOf(line: Cells): Found {
  const { value } = line
  return {
    name: text(line, 'id'),
    state: stateOf(line.result) || 'unverified',
    reason: text(line, 'reason'),
    remarks: Array.isArray(line.remarks) ? line.remarks.map(String) : [],
    value: typeof value === 'number' || typeof value === 'string' ? value : null,
    unit: text(line, 'unit'),
    low: numberOf(line.low),
    high: numberOf(line.high),
    source: text(line, 'source'),
    measuredAt: Number(line.measured_at) || 0,
  }
}

function stateOf(value: unknown): State | '' {
  return STATES.includes(String(value)) ? (value as State) : ''
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function recordsOf(value: unknown): Cells[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}
