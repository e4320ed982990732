/** The unsent work as QR codes, a page at a time, for a phone that reaches nobody. */
import { correction, generate } from 'lean-qr'
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { fill } from '../i18n/translator.ts'
import { pagesOf } from './pages.ts'
import { useWords } from './words.ts'

/** Modules of quiet around a code (ISO/IEC 18004). */
const QUIET = 4

type Shown = { kind: 'closed' } | { kind: 'failed' } | { kind: 'open'; pages: string[] }

export function Codes({ exportItems }: { exportItems(): Promise<Blob> }): VNode {
  const words = useWords()
  const [shown, setShown] = useState<Shown>({ kind: 'closed' })
  const open = async () => {
    const pages = await exportItems()
      .then(pagesOf)
      .catch(() => null)
    setShown(pages ? { kind: 'open', pages } : { kind: 'failed' })
  }
  return (
    <section class="card codes">
      {shown.kind === 'closed' && (
        <p class="calls">
          <button type="button" class="btn" onClick={() => void open()}>
            {words.codes}
          </button>
        </p>
      )}
      {shown.kind === 'failed' && <p role="alert">{words.codes_failed}</p>}
      {shown.kind === 'open' && <Pages pages={shown.pages} />}
    </section>
  )
}

export function Pages({ pages }: { pages: readonly string[] }): VNode {
  const words = useWords()
  const [at, setAt] = useState(0)
  const page = pages[at]
  if (page === undefined) return <p>{words.codes_none}</p>
  const named = fill(words.codes_page, { n: at + 1, total: pages.length })
  return (
    <>
      <h2>{words.codes}</h2>
      <p>{words.codes_why}</p>
      <Code text={page} name={named} />
      <p role="status">{named}</p>
      {pages.length > 1 && (
        <p class="calls stack">
          <button
            type="button"
            class="btn main"
            disabled={at + 1 === pages.length}
            onClick={() => setAt(at + 1)}
          >
            {words.codes_next}
          </button>
          <button type="button" class="btn" disabled={at === 0} onClick={() => setAt(at - 1)}>
            {words.codes_back}
          </button>
        </p>
      )}
    </>
  )
}

function Code({ text, name }: { text: string; name: string }): VNode {
  const code = generate(text, { minCorrectionLevel: correction.L })
  const side = code.size + 2 * QUIET
  let path = ''
  for (let y = 0; y < code.size; y++)
    for (let x = 0; x < code.size; x++) if (code.get(x, y)) path += `M${x} ${y}h1v1h-1z`
  return (
    <svg viewBox={`${-QUIET} ${-QUIET} ${side} ${side}`} shape-rendering="crispEdges" role="img">
      <title>{name}</title>
      <rect x={-QUIET} y={-QUIET} width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}
