/** The file that a phone exports when it may not sync any more: looked at, then taken in. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { DeskError, useAct, useDesk } from '../desk/desk.ts'
import { Fault, Go } from '../desk/dialog.tsx'
import { useUi } from '../ui.tsx'

interface Looked {
  content: unknown
  lines: string[]
  taken: boolean
}

export function HandedIn(): VNode {
  const { w } = useUi()
  const desk = useDesk()
  const act = useAct()
  const [looked, setLooked] = useState<Looked | null>(null)
  const { title, hint, take, done } = w.desk.handedIn
  const look = (file: File | undefined): Promise<unknown> =>
    act.run(async () => {
      setLooked(null)
      const content = parsed(await (file ?? new Blob()).text())
      setLooked({ content, lines: await desk.send('salvage', content), taken: false })
    })
  const takeIn = async (content: unknown): Promise<void> => {
    const lines = await desk.send<string[]>('salvage?take=true', content)
    setLooked({ content, lines, taken: true })
    desk.refresh()
  }
  return (
    <section>
      <h2>{title}</h2>
      <p class="soft">{hint}</p>
      <input
        type="file"
        accept="application/json"
        aria-label={title}
        onChange={(event) => void look(event.currentTarget.files?.[0])}
      />
      <Fault act={act} />
      {looked ? (
        <>
          <pre>{looked.lines.join('\n')}</pre>
          {looked.taken ? (
            <p role="status">{done}</p>
          ) : (
            <Go act={act} work={() => takeIn(looked.content)} class="primary">
              {take}
            </Go>
          )}
        </>
      ) : null}
    </section>
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new DeskError('bad-salvage')
  }
}
