/** An answer of the server that is asked for again whenever the board has moved. */
import { useEffect, useState } from 'preact/hooks'
import { type Act, useAct, useDesk } from '../desk/desk.ts'
import { useBoard } from '../ui.tsx'

export interface Answered<T> {
  /** What was said last, null before the first answer; it stays while the server is silent. */
  answer: T | null
  act: Act
  again(): void
}

export function useAnswer<T>(path: string): Answered<T> {
  const desk = useDesk()
  const act = useAct()
  const sequence = useBoard()?.sequence
  const [answer, setAnswer] = useState<T | null>(null)
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    let current = true
    void act.run(async () => {
      const said = await desk.read<T>(path)
      if (current) setAnswer(said)
    })
    return () => {
      current = false
    }
  }, [path, sequence, turn])
  return { answer, act, again: () => setTurn(turn + 1) }
}
