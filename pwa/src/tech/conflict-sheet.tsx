/** Two values of one field, and the choice between them: nothing of the work is ever offered away. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { moment } from '../i18n/format.ts'
import type { Translator } from '../i18n/translate.ts'
import type { ConflictView, Replica, Rows } from '../sync/types.ts'
import { Sign } from './frame.tsx'
import { conflictTitle, valueWord } from './outbox.ts'
import { useUi } from './ui.ts'

type Choice = 'mine' | 'theirs' | 'office'

interface SheetProps {
  conflict: ConflictView
  rows: Rows
  today: string
  calls: Pick<Replica, 'capture'>
}

export function ConflictSheet({ conflict, rows, today, calls }: SheetProps): VNode {
  const { t, zone } = useUi()
  const value = (cell: unknown) => valueWord(t, conflict.path, cell)
  const mine = { time: moment(t, zone, conflict.madeAt, today), value: value(conflict.mine) }
  const theirs = { time: moment(t, zone, conflict.otherAt, today), value: value(conflict.theirs) }
  return (
    <li class="line">
      <b>{conflictTitle(t, rows, conflict)}</b>
      <span class="words">{t('outbox.mine', mine)}</span>
      <span class="words">{t('outbox.theirs', { ...theirs, who: office(t, conflict) })}</span>
      <span class="soft">{t('outbox.before', { value: value(conflict.base) })}</span>
      {conflict.chosen ? (
        <span class="state conflict" role="status">
          <Sign name="conflict" />
          {t(CHOSEN[conflict.chosen as Choice] ?? 'choice.office_chosen')}
        </span>
      ) : (
        <Choices conflict={conflict} calls={calls} />
      )}
    </li>
  )
}

const CHOSEN = {
  mine: 'choice.mine_chosen',
  theirs: 'choice.theirs_chosen',
  office: 'choice.office_chosen',
} as const

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
          {t('choice.theirs')}
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
