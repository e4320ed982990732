/** What every part of the board shares: words, clock, and the cells of its tables. */
import { type ComponentChildren, createContext, type VNode } from 'preact'
import { useContext } from 'preact/hooks'
import { type Translator, translator } from '../i18n/translate.ts'
import type { BoardState } from './state.ts'
import { type BoardWords, fr } from './words/fr.ts'

export interface Ui {
  readonly w: BoardWords
  readonly t: Translator
  readonly zone: string
  readonly today: string
}

export const UiContext = createContext<Ui>({
  w: fr,
  t: translator('fr'),
  zone: 'America/Toronto',
  today: '',
})

/** The server's clock, UTC ms; apart from the words, so that its steps redraw only what has an age. */
export const NowContext = createContext(0)

/** What the server last said, for boxes that look across its lists. */
export const BoardContext = createContext<BoardState | null>(null)

export function useBoard(): BoardState | null {
  return useContext(BoardContext)
}

export function useUi(): Ui {
  return useContext(UiContext)
}

export function useNow(): number {
  return useContext(NowContext)
}

export type Tone = 'quiet' | 'ok' | 'pending' | 'error' | 'conflict'

const SIGNS: Readonly<Record<Tone, string>> = {
  quiet: '○',
  ok: '✓',
  pending: '▲',
  error: '■',
  conflict: '◆',
}

/** A short word with its sign: colour is never alone. */
export function Mark({ tone, children }: { tone: Tone; children: ComponentChildren }): VNode {
  return (
    <span class={`mark ${tone}`}>
      <i aria-hidden="true">{SIGNS[tone]}</i>
      {'\u00a0'}
      {children}
    </span>
  )
}

interface SectionProps {
  id: string
  title: string
  /** What stands in for an empty table. */
  empty: string
  columns: readonly string[]
  rows: number
  note?: string
  /** A long table scrolls inside itself. */
  scrolls?: boolean
  children: ComponentChildren
}

/** The names of a table's columns. */
export function Head({ columns }: { columns: readonly string[] }): VNode {
  return (
    <thead>
      <tr>
        {columns.map((name) => (
          <th key={name} scope="col">
            {name}
          </th>
        ))}
      </tr>
    </thead>
  )
}

/** A titled table; `children` are its bodies. */
export function Section(props: SectionProps): VNode {
  const { id, title, empty, columns, rows, note, scrolls, children } = props
  const heading = `${id}-title`
  const table = (
    <table aria-labelledby={heading}>
      <Head columns={columns} />
      {children}
    </table>
  )
  return (
    <section id={id} tabIndex={-1} aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      {rows === 0 ? (
        <p class="empty">{empty}</p>
      ) : scrolls ? (
        <Scroller by={heading}>{table}</Scroller>
      ) : (
        table
      )}
      {note && rows > 0 ? <p class="note">{note}</p> : null}
    </section>
  )
}

// Focusable, so that the keyboard can scroll it.
function Scroller({ by, children }: { by: string; children: ComponentChildren }): VNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable
    <section class="scroller" tabIndex={0} aria-labelledby={by}>
      {children}
    </section>
  )
}

/** A cell that carries its column's name for narrow screens. */
export function Cell({ label, number, children }: CellProps): VNode {
  return (
    <td data-label={label} class={number ? 'number' : undefined}>
      <div>{children}</div>
    </td>
  )
}

interface CellProps {
  label: string
  number?: boolean
  children: ComponentChildren
}
