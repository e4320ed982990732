/** Opens the board at the visit that its address names: the link told to ERPNext's document. */
import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Visit } from '../state.ts'
import { useUi } from '../ui.tsx'

/** The visit's id in an address like `?visit=0199…`, '' for none. */
export function visitAsked(search: string): string {
  return new URLSearchParams(search).get('visit') ?? ''
}

/** Where a visit's line stands in the page; null when the board does not show it. */
export function placeOf(visit: string, visits: readonly Visit[]): string | null {
  const key = `job/${visit}`
  return visits.some((line) => line.key === key) ? lineId(key) : null
}

export function lineId(key: string): string {
  return key.replace('/', '-')
}

/**
 * The keyboard goes to the visit's line, or to the word that it is not there; once only, so that a
 * board that goes on changing takes it from nobody.
 */
export function Opening(props: { visit: string; visits: readonly Visit[] }): VNode | null {
  const { visit, visits } = props
  const { w } = useUi()
  const unknown = useRef<HTMLParagraphElement>(null)
  const place = placeOf(visit, visits)
  useEffect(() => {
    const at = place === null ? unknown.current : document.getElementById(place)
    at?.focus()
  }, [])
  if (place !== null) return null
  return (
    <p class="trouble" ref={unknown} tabIndex={-1}>
      {w.visits.unknown}
    </p>
  )
}
