/** What the camera has seen so far: a code counts when two frames agree on it. */
import type { Found } from './facts.ts'

export class Sightings {
  private readonly frames = new Map<string, { code: Found; seen: number }>()

  /** Notes the codes of one frame. */
  add(codes: readonly Found[]): void {
    for (const code of codes) {
      const key = `${code.symbology} ${code.text}`
      const seen = (this.frames.get(key)?.seen ?? 0) + 1
      this.frames.set(key, { code, seen })
    }
  }

  /** The codes that two frames or more agree on. */
  agreed(): Found[] {
    return [...this.frames.values()].filter(({ seen }) => seen > 1).map(({ code }) => code)
  }
}
