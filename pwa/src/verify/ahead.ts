/** Tells whether the check of a line is on this phone, and keeps by what its light is judged. */
import { learnLimits } from '../verdict/index.ts'

/** The service worker keeps the app whole, words of both languages too, or nothing of it. */
export async function checkAhead(): Promise<boolean> {
  void learnLimits(localStorage)
  await navigator.serviceWorker.ready
  return (await caches.match(import.meta.url)) !== undefined
}
