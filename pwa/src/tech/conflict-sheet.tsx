/** Two values of one field, and the choice between them: nothing of the work is ever offered away. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { moment } from '../i18n/format.ts'
import type { Translator } from '../i18n/translator.ts'
import type { ConflictView, Replica, Rows } from '../sync/types.ts'
import { Sign } from './frame.tsx'
import { boundWord, conflictTitle, isBound, valueWord } from './outbox.ts'
import { useUi } from './ui.ts'

type Choice = 'mine' | 'theirs' | 'office'

interface SheetProps {
  conflict: ConflictView
  rows: Rows
  today: string
  calls: Pick<Replica, 'capture'>
}

export function ConflictSheet({ conflict, rows, today, calls }: SheetProps): VNode {
  const { t } = useUi()
  return (
    <li class="line">
      <b>{conflictTitle(t, rows, conflict)}</b>
      <Sides conflict={conflict} rows={rows} today={today} />
      {conflict.chosen ? (
        <span class="state conflict" role="status">
          <Sign name="conflict" />
          {t(chosenWord(conflict))}
        </span>
      ) : (
        <Choices conflict={conflict} calls={calls} />
      )}
    </li>
  )
}

function Sides({ conflict, rows, today }: Omit<SheetProps, 'calls'>): VNode {
  const { t, zone } = useUi()
  const side = (who: string, at: number, cell: unknown) => {
    const told = at > 0 ? `${who} (${moment(t, zone, at, today)})` : who
    const value = valueWord(t, conflict.path, cell)
    return <span class="words">{t('outbox.side', { who: told, value })}</span>
  }
  const mine = side(t('outbox.you'), conflict.madeAt, conflict.mine)
  if (isBound(conflict)) {
    return (
      <>
        {mine}
        <span class="words">{boundWord(t, rows, conflict)}</span>
      </>
    )
  }
  const before = valueWord(t, conflict.path, conflict.base)
  return (
    <>
      {mine}
      {side(office(t, conflict), conflict.otherAt, conflict.theirs)}
      <span class="soft">{t('outbox.before', { value: before })}</span>
    </>
  )
}

function chosenWord(conflict: ConflictView) {
  const theirs = isBound(conflict) ? 'choice.other_visit_chosen' : 'choice.theirs_chosen'
  const words = { mine: 'choice.mine_chosen', theirs, office: 'choice.office_chosen' } as const
  return words[conflict.chosen as Choice] ?? words.office
}

function Choices({ conflict, calls }: Pick<SheetProps, 'conflict' | 'calls'>): VNode {
  const { t } = useUi()
  const [failed, setFailed] = useState(false)
  const choose = (choice: Choice) => () => {
    const args = { conflict: conflict.id, choice }
    calls.capture({ kind: 'resolve', key: conflict.key, args }).catch(() => setFailed(true))
  }
  return (
    <>
      {!conflict.mayKeep && <span class="soft">{t('choice.office_gives_back')}</span>}
      <p class="calls stack">
        {conflict.mayKeep && (
          <button type="button" class="btn" onClick={choose('mine')}>
            {t('choice.mine')}
          </button>
        )}
        <button type="button" class="btn" onClick={choose('theirs')}>
          {t(isBound(conflict) ? 'choice.other_visit' : 'choice.theirs')}
        </button>
        <button type="button" class="btn" onClick={choose('office')}>
          {t('choice.office')}
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
function office(t: Translator, { otherAuthor }: ConflictView): string {
  return [...new Set([t('outbox.office'), otherAuthor])].filter(Boolean).join(' – ')
}
