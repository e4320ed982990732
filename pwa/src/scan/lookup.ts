/** Asks the server whose the equipment of a serial number is (`/api/equipment/lookup`). */
import { isRecord, text } from '../tech/cells.ts'

/** What the server says of it; the names are "" when it may not be told, or is not known. */
export interface Known {
  state: 'known' | 'free' | 'elsewhere' | 'unknown'
  model: string
  client: string
  street: string
}

const STATES: readonly string[] = ['known', 'free', 'elsewhere', 'unknown']
const DEADLINE_MS = 8_000

/** Null when no answer of the server's came within the deadline: what the phone holds must do. */
export async function lookUp(serial: string, signal: AbortSignal): Promise<Known | null> {
  const deadline = new AbortController()
  const stop = () => deadline.abort()
  const timer = setTimeout(stop, DEADLINE_MS)
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  try {
    const answer = await fetch('/api/equipment/lookup', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Terrain': '1' },
      body: JSON.stringify({ text: serial }),
      signal: deadline.signal,
    })
    return answer.ok ? knownOf(await answer.json()) : null
  } catch {
    return null
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

/** An answer that is not trusted. */
export function knownOf(answer: unknown): Known | null {
  if (!isRecord(answer) || !STATES.includes(String(answer.state))) return null
  const [device, place] = [answer.device, answer.place].map((each) =>
    isRecord(each) ? each : undefined,
  )
  return {
    state: answer.state as Known['state'],
    model: text(device, 'model') || text(device, 'type') || text(device, 'serial'),
    client: text(place, 'client'),
    street: text(place, 'street'),
  }
}
