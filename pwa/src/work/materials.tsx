/** The materials of a visit: one tap adds one, and one takes it back. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { fill } from '../i18n/translator.ts'
import type { Cells } from '../sync/types.ts'
import { useUi } from '../tech/ui.ts'
import { Section, State } from '../tech/visit-sections.tsx'
import type { WorkSection } from '../tech/with-work.tsx'
import { oneMore, USUAL, type Used, usedOf } from './used.ts'
import { useWords, type WorkWords } from './words.ts'

const WHAT_CHARACTERS = 80

export function Materials({ view, snapshot, locked }: WorkSection): VNode | null {
  const { keep } = useUi()
  const words = useWords()
  const { key } = view.card
  const used = usedOf(snapshot.rows.get(key) ?? {}, snapshot.items)
  if (locked && used.length === 0) return null
  const save = (args: Cells) => keep({ kind: 'material', key, args })
  const add = (what: string) => save(oneMore(used, what, snapshot.name))
  return (
    <Section title={words.materials}>
      <ul>
        {used.map((line) => (
          <Line key={line.id} line={line} locked={locked} save={save} />
        ))}
      </ul>
      {!locked && (
        <details>
          <summary>{words.material_add}</summary>
          <div class="usual">
            {USUAL.map((what) => (
              <button key={what} type="button" class="btn" onClick={() => add(what)}>
                {words[what]}
              </button>
            ))}
          </div>
          <Other add={add} />
        </details>
      )}
    </Section>
  )
}

function Line(props: { line: Used; locked: boolean; save(args: Cells): void }): VNode {
  const { line, locked, save } = props
  const words = useWords()
  const what = wordOf(words, line.what)
  const count = (by: number) => () => save({ line: line.id, count: line.count + by })
  return (
    <li class="counted">
      <span>
        <b>{`${line.count} × ${what}`}</b> <State state={line.state} />
      </span>
      {!locked && (
        <span class="row">
          <button
            type="button"
            class="btn"
            aria-label={fill(words.less_of, { what })}
            onClick={count(-1)}
          >
            −
          </button>
          <button
            type="button"
            class="btn"
            aria-label={fill(words.more_of, { what })}
            onClick={count(1)}
          >
            +
          </button>
        </span>
      )}
    </li>
  )
}

function Other({ add }: { add(what: string): Promise<boolean> }): VNode {
  const words = useWords()
  const [what, setWhat] = useState('')
  const save = async (event: Event) => {
    event.preventDefault()
    if (what.trim() && (await add(what.trim()))) setWhat('')
  }
  return (
    <form onSubmit={save}>
      <label class="field">
        {words.material_other}
        <input
          maxLength={WHAT_CHARACTERS}
          value={what}
          onInput={(event) => setWhat(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="btn" disabled={!what.trim()}>
        {words.add}
      </button>
    </form>
  )
}

function wordOf(words: WorkWords, what: string): string {
  const usual = USUAL.find((code) => code === what)
  return usual ? words[usual] : what
}
