/** The browser's offer to install the app: it comes once, before anything that could use it. */

export interface Offer extends Event {
  prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }>
}

export interface Offers {
  last: Offer | undefined
  /** Called at each offer. */
  hear(): void
}

export const offers: Offers = { last: undefined, hear: () => undefined }

globalThis.addEventListener?.('beforeinstallprompt', (event) => {
  event.preventDefault() // our card asks, with its reason, instead of the browser's bar
  offers.last = event as Offer
  offers.hear()
})
