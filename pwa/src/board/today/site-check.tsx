/** One quiet line of what the ERPNext site lacks, which opens into its list. */
import type { VNode } from 'preact'
import { ago } from '../format.ts'
import type { CheckLine, SiteCheck } from '../state.ts'
import { useNow, useUi } from '../ui.tsx'

export function SiteCheckLine({ check }: { check: SiteCheck | null }): VNode | null {
  const { w } = useUi()
  const now = useNow()
  if (!check?.lines.length) return null
  const missing = check.lines.filter(({ level }) => level === 'missing').length
  const said = missing > 0 ? w.check.missing(missing) : w.check.notes(check.lines.length)
  return (
    <details class="check">
      <summary class={missing > 0 ? 'trouble' : 'soft'}>
        {`${said} · ${w.tile.checked(ago(w, now - check.checkedAt))}`}
      </summary>
      <ul>
        {check.lines.map((line) => (
          <li key={`${line.about} ${line.code} ${line.detail}`}>
            <b>{about(w.check.about, line)}</b> {what(w.check.what, line)}
          </li>
        ))}
      </ul>
      <small>{w.check.mend}</small>
    </details>
  )
}

function about(words: Readonly<Record<string, string>>, line: CheckLine): string {
  return words[line.about] ?? line.about
}

function what(words: Readonly<Record<string, string>>, { code, detail }: CheckLine): string {
  return [words[code] ?? code, detail].filter(Boolean).join(' · ')
}
