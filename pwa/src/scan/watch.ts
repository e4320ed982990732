/** Reads the camera's frames one after another until a serial number is sure. */
import { type Code, serialsOf } from '../tech/codes.ts'
import type { Camera } from './camera.ts'
import { factsOf } from './facts.ts'
import type { Reader } from './reader.ts'
import { Sightings } from './sightings.ts'

/** Most frames: the band that the guide on the screen shows, in haste. */
const FAST = { effort: 'fast', share: 0.5 } as const
/** Every fourth: the whole picture, longer. */
const HARD = { effort: 'hard', share: 1 } as const
const HARD_EVERY = 4
/** A label often has two serials: once one is sure, so many frames may still bring the other. */
const SETTLING_FRAMES = 4

/**
 * The codes that two frames agree on, once a serial number is among them; null when stopped. `host`
 * is that of the ISP's own stickers.
 */
export async function watch(
  camera: Camera,
  reader: Reader,
  host: string,
  nextFrame: () => Promise<void>,
  signal: AbortSignal,
): Promise<Code[] | null> {
  const sightings = new Sightings()
  const began = performance.now()
  let settled = 0
  for (let frame = 1; settled < SETTLING_FRAMES; frame++) {
    await nextFrame()
    if (signal.aborted) return null
    const { effort, share } = frame % HARD_EVERY ? FAST : HARD
    const picture = camera.picture(share)
    if (picture) sightings.add(await reader.read(picture, effort))
    if (serialsOf(typed(sightings, host)).length > 0) settled++
  }
  const ms = Math.round(performance.now() - began)
  const read = { stage: 'camera', decoder: reader.name, step: 'frames', ms }
  return typed(sightings, host).map((code) => ({ ...code, read }))
}

function typed(sightings: Sightings, host: string): Code[] {
  return sightings.agreed().flatMap((found) => factsOf(found, host))
}
