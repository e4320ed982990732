/** Tells whether the check of a line is on this phone. */

/** The service worker keeps the app whole, words of both languages too, or nothing of it. */
export async function checkAhead(): Promise<boolean> {
  await navigator.serviceWorker.ready
  return (await caches.match(import.meta.url)) !== undefined
}
