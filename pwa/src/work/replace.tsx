/** "Remplacer": what comes out and how it goes back, asked once; then one scan of what goes in. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { RETURNED } from '../sync/lines.ts'
import { grouped, typedSerial } from '../tech/codes.ts'
import { Sign } from '../tech/frame.tsx'
import { Serial } from '../tech/type-serial.tsx'
import type { WorkProps } from '../tech/with-work.tsx'
import { fittedAt } from './fitted.ts'
import { Pick } from './pick.tsx'
import { Reason } from './reason.tsx'
import { useWords } from './words.ts'

export function Replace({ jobKey, snapshot }: WorkProps): VNode {
  const words = useWords()
  const known = fittedAt(snapshot.rows, jobKey)
  const [old, setOld] = useState(known.length === 1 ? (known[0] ?? '') : '')
  const [returned, setReturned] = useState('')
  const [why, setWhy] = useState('')
  const typed = typedSerial(old)
  const isReady = typed.ok && returned && why.trim()
  const parts = [typed.ok ? typed.serial : '', returned, why.trim()].map(encodeURIComponent)
  return (
    <section class="card">
      {known.length > 0 && (
        <Pick
          legend={words.replace_old}
          options={known.map((serial) => ({ code: serial, word: grouped(serial) }))}
          picked={old}
          pick={setOld}
        />
      )}
      <Serial
        label={known.length > 0 ? words.replace_other : words.replace_old}
        value={known.includes(old) ? '' : old}
        write={setOld}
      />
      <Pick
        legend={words.returned}
        options={RETURNED.map((code) => ({ code, word: words[code] }))}
        picked={returned}
        pick={setReturned}
      />
      <Reason
        legend={words.replace_why}
        reasons={[words.why_fault, words.why_model]}
        reason={why}
        write={setWhy}
      />
      <p class="calls">
        <a
          class="btn main"
          aria-disabled={!isReady}
          {...(isReady && { href: `#/${jobKey}/swap/${parts.join('/')}` })}
        >
          <Sign name="scan" />
          {words.replace_scan}
        </a>
      </p>
    </section>
  )
}
