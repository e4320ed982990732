/** Makes a link or a code to dictate, and shows it this once. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { useAct, useDesk } from '../desk/desk.ts'
import { Fault } from '../desk/dialog.tsx'
import { TechnicianChoice } from '../desk/technicians.tsx'
import { ending } from '../format.ts'
import { useUi } from '../ui.tsx'

const DAYS = 14
/** Modules of quiet around a QR code (ISO/IEC 18004). */
const QUIET = 4
const SPOKEN = 3

interface Made {
  id: string
  url: string
  qr: string[]
  code: string
  expiresAt: number
  sent: string
}

export function MakeLink({ made }: { made(): void }): VNode {
  const { w, t } = useUi()
  const act = useAct()
  const desk = useDesk()
  const [wanted, setWanted] = useState({ technician: '', code: false, days: DAYS, to: '' })
  const [shown, setShown] = useState<Made | null>(null)
  const { make, code, days, to, create } = w.desk.links
  const ask = async (): Promise<void> => {
    setShown(null)
    const sent = await act.run(async () =>
      setShown(await desk.send<Made>('links', { ...wanted, lang: t.lang })),
    )
    if (sent) made()
  }
  return (
    <section>
      <h2>{make}</h2>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault()
          void ask()
        }}
      >
        <TechnicianChoice
          label={w.health.technician}
          value={wanted.technician}
          onValue={(technician) => setWanted({ ...wanted, technician })}
        />
        <label>
          <span>{days}</span>
          <input
            type="number"
            min={1}
            max={365}
            disabled={wanted.code}
            value={wanted.days}
            onInput={(event) => setWanted({ ...wanted, days: Number(event.currentTarget.value) })}
          />
        </label>
        <label>
          <span>{to}</span>
          <input
            type="text"
            autocomplete="off"
            value={wanted.to}
            onInput={(event) => setWanted({ ...wanted, to: event.currentTarget.value })}
          />
        </label>
        <label class="tick">
          <input
            type="checkbox"
            checked={wanted.code}
            onChange={(event) => setWanted({ ...wanted, code: event.currentTarget.checked })}
          />
          <span>{code}</span>
        </label>
        <button type="submit" class="primary" disabled={act.busy || !wanted.technician}>
          {create}
        </button>
      </form>
      <Fault act={act} />
      {shown ? <Shown made={shown} /> : null}
    </section>
  )
}

function Shown({ made }: { made: Made }): VNode {
  const { w, t, zone } = useUi()
  const [copied, setCopied] = useState(false)
  const { once, dictate, copy, copied: done, mail, sent, notSent, until } = w.desk.links
  const copyIt = async (): Promise<void> => {
    await navigator.clipboard.writeText(made.url)
    setCopied(true)
  }
  return (
    <div class="made" role="status">
      <Qr rows={made.qr} />
      <div>
        <p>{once}</p>
        {made.code ? (
          <p>
            {dictate(new URL(made.url).host)} <code class="big">{grouped(made.code)}</code>
          </p>
        ) : (
          <p>
            <code>{made.url}</code>
          </p>
        )}
        <p class="actions">
          <button type="button" onClick={() => void copyIt()}>
            {copied ? done : copy}
          </button>
          <a href={`mailto:?body=${encodeURIComponent(made.url)}`}>{mail}</a>
          <span class="soft">{until(ending(t, zone, made.expiresAt))}</span>
        </p>
        {made.sent === 'sent' ? <p class="ok">{sent}</p> : null}
        {made.sent && made.sent !== 'sent' ? <p class="trouble">{notSent(made.sent)}</p> : null}
      </div>
    </div>
  )
}

/** In two halves, as it is said. */
export function grouped(code: string): string {
  return `${code.slice(0, SPOKEN)} ${code.slice(SPOKEN)}`
}

function Qr({ rows }: { rows: readonly string[] }): VNode | null {
  const { w } = useUi()
  if (!rows.length) return null
  const side = rows.length + 2 * QUIET
  return (
    <svg class="qr" viewBox={`${-QUIET} ${-QUIET} ${side} ${side}`} role="img">
      <title>{w.desk.links.once}</title>
      <rect x={-QUIET} y={-QUIET} width={side} height={side} fill="#fff" />
      <path d={modules(rows)} fill="#000" />
    </svg>
  )
}

/** One path of squares for the dark modules. */
export function modules(rows: readonly string[]): string {
  return rows
    .flatMap((row, y) => [...row].map((dark, x) => (dark === '1' ? `M${x} ${y}h1v1h-1z` : '')))
    .join('')
}
