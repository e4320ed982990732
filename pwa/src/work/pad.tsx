/** A place to draw a signature with a finger: dark ink on white, whatever the screen's dress. */
import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useWords } from './words.ts'

const INK_PX = 3
const SCALE = 2

interface PadProps {
  /** The drawing so far, after each stroke; null once it is wiped. */
  drawn(canvas: HTMLCanvasElement | null): void
}

export function Pad({ drawn }: PadProps): VNode {
  const words = useWords()
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => wipe(canvas.current), [])
  const clear = () => {
    wipe(canvas.current)
    drawn(null)
  }
  return (
    <>
      <canvas
        ref={canvas}
        class="pad"
        aria-label={words.sign_here}
        onPointerDown={begin}
        onPointerMove={draw}
        onPointerUp={() => drawn(canvas.current)}
      />
      <p class="calls">
        <button type="button" class="btn" onClick={clear}>
          {words.wipe}
        </button>
      </p>
    </>
  )
}

type Stroke = PointerEvent & { currentTarget: HTMLCanvasElement }

function wipe(canvas: HTMLCanvasElement | null): void {
  const ink = canvas?.getContext('2d')
  if (!canvas || !ink) return
  canvas.width = canvas.clientWidth * SCALE
  canvas.height = canvas.clientHeight * SCALE
  ink.fillStyle = '#fff'
  ink.fillRect(0, 0, canvas.width, canvas.height)
  ink.scale(SCALE, SCALE)
  ink.lineWidth = INK_PX
  ink.lineCap = 'round'
}

function begin(event: Stroke): void {
  event.currentTarget.setPointerCapture(event.pointerId)
  const ink = event.currentTarget.getContext('2d')
  ink?.beginPath()
  ink?.moveTo(event.offsetX, event.offsetY)
}

function draw(event: Stroke): void {
  if (!event.buttons) return
  const ink = event.currentTarget.getContext('2d')
  ink?.lineTo(event.offsetX, event.offsetY)
  ink?.stroke()
}
