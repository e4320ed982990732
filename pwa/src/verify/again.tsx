/** The one button of a check, under the thumb: to ask, and to ask again once that makes sense. */
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { fill } from '../i18n/translator.ts'
import { Sign } from '../tech/frame.tsx'
import { useUi } from '../tech/ui.ts'
import type { VerifyProps } from '../tech/with-verify.tsx'
import { isOpen, trialsIn } from './place.ts'
import type { Trial } from './view.ts'
import { type VerifyWords, wordsOf } from './words.ts'

/** The server makes no second check of a line before that either. */
const REST_MS = 20_000
const SECOND_MS = 1_000

export function Again(props: VerifyProps): VNode | null {
  const { jobKey, snapshot } = props
  const newest = trialsIn(snapshot, jobKey).at(-1)
  return isOpen(props) ? <Ask newest={newest} jobKey={jobKey} /> : null
}

function Ask({ newest, jobKey }: { newest: Trial | undefined; jobKey: string }): VNode {
  const { t, keep } = useUi()
  const [busy, setBusy] = useState(false)
  const rest = useRest(newest?.askedAt ?? 0)
  const reason = newest ? 'rerun' : 'install'
  const ask = async () => {
    setBusy(true)
    await keep({ kind: 'verify', key: jobKey, args: { reason } })
    setBusy(false)
  }
  return (
    <div class="foot">
      <div class="row">
        <button
          type="button"
          class="btn main"
          disabled={busy || rest > 0 || newest?.shown === 'waiting'}
          onClick={ask}
        >
          <Sign name="check" />
          {labelOf(wordsOf(t.lang), newest, rest)}
        </button>
      </div>
    </div>
  )
}

function labelOf(words: VerifyWords, newest: Trial | undefined, rest: number): string {
  if (!newest) return words.verify
  if (newest.shown === 'waiting') return words.already
  return rest > 0 ? fill(words.again_in, { s: Math.ceil(rest / SECOND_MS) }) : words.again
}

/** How many ms remain until one may ask again, counted down by the second. */
function useRest(askedAt: number): number {
  const [rest, setRest] = useState(() => restOf(askedAt))
  useEffect(() => {
    setRest(restOf(askedAt))
    const timer = setInterval(() => setRest(restOf(askedAt)), SECOND_MS)
    return () => clearInterval(timer)
  }, [askedAt])
  return rest
}

// A phone whose clock jumped does not wait longer than that either.
function restOf(askedAt: number): number {
  const left = askedAt + REST_MS - Date.now()
  return left > REST_MS ? 0 : Math.max(0, left)
}
