/** What the sync needs of the browser; tests and simulations bring their own. */

export interface Host {
  fetch: typeof fetch
  /** Device clock, UTC ms. */
  now(): number
  /** 16 fresh random bytes. */
  random(): Uint8Array
  indexedDB: IDBFactory
  /** Run later; the answer cancels. */
  after(ms: number, run: () => void): () => void
  /** Second place for small things when the database fails. */
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null
  locks: Pick<LockManager, 'request'> | null
  /** Tells the other tabs of this profile that something changed. */
  channel(name: string, hear: () => void): { tell(): void; close(): void }
  visible(): boolean
  /** Calls back when the page wakes: online, shown, restored. */
  wakes(hear: () => void): () => void
  /** Ask the browser for a Background Sync, where it can: it fires once there is network. */
  wakeLater(): void
  /** Calls back when a Background Sync fires: at once, if the browser believes there is network. */
  backgroundSyncs(hear: () => void): () => void
  /**
   * Server pokes while the page is visible; hears the sequence, or 0 when it is not said. A stream
   * that opens again after a break is a poke too: it missed those sent meanwhile.
   */
  pokes(hear: (sequence: number) => void): () => void
}

/** The browser, with what `given` puts in its place. */
export function browserHost(given: Partial<Host>): Host {
  return {
    fetch: (input, init) => fetch(input, init),
    now: () => Date.now(),
    random: () => crypto.getRandomValues(new Uint8Array(16)),
    indexedDB: globalThis.indexedDB,
    after: (ms, run) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
    storage: localStorageOrNull(),
    locks: globalThis.navigator?.locks ?? null,
    channel,
    visible: () => globalThis.document?.visibilityState !== 'hidden',
    wakes,
    wakeLater,
    backgroundSyncs,
    pokes,
    ...given,
  }
}

function localStorageOrNull(): Host['storage'] {
  try {
    return globalThis.localStorage ?? null
  } catch {
    return null // blocked by the browser's settings
  }
}

function channel(name: string, hear: () => void): ReturnType<Host['channel']> {
  if (!('BroadcastChannel' in globalThis)) return { tell: () => undefined, close: () => undefined }
  const channel = new BroadcastChannel(name)
  channel.onmessage = hear
  return { tell: () => channel.postMessage(0), close: () => channel.close() }
}

function wakes(hear: () => void): () => void {
  if (!('document' in globalThis)) return () => undefined
  const shown = (): void => {
    if (document.visibilityState === 'visible') hear()
  }
  document.addEventListener('visibilitychange', shown)
  addEventListener('online', hear)
  addEventListener('pageshow', hear)
  return () => {
    document.removeEventListener('visibilitychange', shown)
    removeEventListener('online', hear)
    removeEventListener('pageshow', hear)
  }
}

// Background Sync exists in Chromium only and has no type of its own.
interface SyncRegistration {
  sync?: { register(tag: string): Promise<void> }
}

function wakeLater(): void {
  const ready = globalThis.navigator?.serviceWorker?.ready
  ready
    ?.then((registration) => (registration as SyncRegistration).sync?.register('terrain'))
    .catch(() => undefined) // refused by the browser: the page's own timer goes on
}

function backgroundSyncs(hear: () => void): () => void {
  const worker = globalThis.navigator?.serviceWorker
  const told = (event: MessageEvent): void => {
    if (event.data === 'sync') hear()
  }
  worker?.addEventListener('message', told)
  return () => worker?.removeEventListener('message', told)
}

function pokes(hear: (sequence: number) => void): () => void {
  if (!('EventSource' in globalThis)) return () => undefined
  let source: EventSource | null = null
  const follow = (): void => {
    if (document.visibilityState !== 'visible') {
      source?.close()
      source = null
      return
    }
    // The browser reconnects by itself, except after an answer other than 200.
    if (source?.readyState === EventSource.CLOSED) source = null
    source ??= listen(hear)
  }
  follow()
  document.addEventListener('visibilitychange', follow)
  addEventListener('online', follow)
  return () => {
    source?.close()
    document.removeEventListener('visibilitychange', follow)
    removeEventListener('online', follow)
  }
}

function listen(hear: (sequence: number) => void): EventSource {
  const source = new EventSource('/api/events')
  let broken = false
  source.addEventListener('poke', (event) => hear(pokedSequence(event)))
  source.addEventListener('error', () => {
    broken = true
  })
  source.addEventListener('open', () => {
    if (broken) hear(0)
    broken = false
  })
  return source
}

function pokedSequence(event: MessageEvent): number {
  try {
    return Number(JSON.parse(String(event.data)).sequence) || 0
  } catch {
    return 0
  }
}
