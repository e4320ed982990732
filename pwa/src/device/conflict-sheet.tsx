/** Two values of one field, and the choice between them: nothing of the work is ever offered away. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { moment } from '../i18n/format.ts'
import { fill } from '../i18n/translator.ts'
import type { ConflictView, Replica, Rows } from '../sync/types.ts'
import { Sign } from '../tech/frame.tsx'
import { client, conflictTitle, valueWord } from '../tech/outbox.ts'
import { useUi } from '../tech/ui.ts'
import { type DeviceWords, useWords } from './words.ts'

type Choice = 'mine' | 'theirs' | 'office'

export interface SheetProps {
  conflict: ConflictView
  rows: Rows
  today: string
  calls: Pick<Replica, 'capture'>
}

export function ConflictSheet({ conflict, rows, today, calls }: SheetProps): VNode {
  const { t } = useUi()
  const words = useWords()
  return (
    <li class="line">
      <b>{conflictTitle(t, rows, conflict)}</b>
      <Sides conflict={conflict} rows={rows} today={today} />
      {conflict.chosen ? (
        <span class="state conflict" role="status">
          <Sign name="conflict" />
          {chosenWord(words, conflict)}
        </span>
      ) : (
        <Choices conflict={conflict} calls={calls} />
      )}
    </li>
  )
}

function Sides({ conflict, rows, today }: Omit<SheetProps, 'calls'>): VNode {
  const { t, zone } = useUi()
  const words = useWords()
  const side = (who: string, at: number, cell: unknown) => {
    const told = at > 0 ? `${who} (${moment(t, zone, at, today)})` : who
    const value = valueWord(t, conflict.path, cell)
    return <span class="words">{fill(words.side, { who: told, value })}</span>
  }
  const mine = side(words.side_you, conflict.madeAt, conflict.mine)
  if (isBound(conflict)) {
    return (
      <>
        {mine}
        <span class="words">{boundWord(words, rows, conflict)}</span>
      </>
    )
  }
  const before = valueWord(t, conflict.path, conflict.base)
  return (
    <>
      {mine}
      {side(office(words, conflict), conflict.otherAt, conflict.theirs)}
      <span class="soft">{fill(words.side_before, { value: before })}</span>
    </>
  )
}

function chosenWord(words: DeviceWords, conflict: ConflictView): string {
  const theirs = isBound(conflict) ? words.choice_other_visit_chosen : words.choice_theirs_chosen
  const said = { mine: words.choice_mine_chosen, theirs, office: words.choice_office_chosen }
  return said[conflict.chosen as Choice] ?? said.office
}

/** Whether a conflict is over a serial number that another visit, `theirs`, has already. */
function isBound({ path, theirs }: Pick<ConflictView, 'path' | 'theirs'>): boolean {
  return path.startsWith('equipment/') && String(theirs).startsWith('job/')
}

/** The visit that has the serial number already: "Déjà sur la visite de Luc Tremblay". */
function boundWord(words: DeviceWords, rows: Rows, { theirs }: ConflictView): string {
  const name = client(rows, String(theirs))
  return name ? fill(words.side_bound, { client: name }) : words.side_bound_elsewhere
}

function Choices({ conflict, calls }: Pick<SheetProps, 'conflict' | 'calls'>): VNode {
  const { t } = useUi()
  const words = useWords()
  const [failed, setFailed] = useState(false)
  const choose = (choice: Choice) => () => {
    const args = { conflict: conflict.id, choice }
    calls.capture({ kind: 'resolve', key: conflict.key, args }).catch(() => setFailed(true))
  }
  return (
    <>
      {!conflict.mayKeep && <span class="soft">{words.choice_office_gives_back}</span>}
      <p class="calls stack">
        {conflict.mayKeep && (
          <button type="button" class="btn" onClick={choose('mine')}>
            {words.choice_mine}
          </button>
        )}
        <button type="button" class="btn" onClick={choose('theirs')}>
          {isBound(conflict) ? words.choice_other_visit : words.choice_theirs}
        </button>
        <button type="button" class="btn" onClick={choose('office')}>
          {words.choice_office}
        </button>
      </p>
      {failed && (
        <span class="error" role="status">
          {t('visit.not_saved')}
        </span>
      )}
    </>
  )
}

// ERPNext does not always tell which dispatcher it was.
function office(words: DeviceWords, { otherAuthor }: ConflictView): string {
  return [...new Set([words.side_office, otherAuthor])].filter(Boolean).join(' – ')
}
