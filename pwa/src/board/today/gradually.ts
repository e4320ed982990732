/** Draws a long list bit by bit: what is seen first, then the rest. */
import { useEffect, useState } from 'preact/hooks'

/** How many of `all` to draw by now, `step` more each time; `atOnce`: all of them. */
export function useGradually(all: number, step: number, atOnce = false): number {
  const [drawn, setDrawn] = useState(atOnce ? Number.POSITIVE_INFINITY : step)
  useEffect(() => {
    if (drawn >= all) return
    const timer = setTimeout(() => setDrawn(drawn + step))
    return () => clearTimeout(timer)
  }, [drawn, all, step])
  return drawn
}
