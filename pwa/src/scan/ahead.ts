/** Fetches the reader ahead, so that a label is read in a basement without signal. */
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url'
import { hasNativeReader } from './reader.ts'
import { keepStickerHost } from './sticker-host.ts'
import workerUrl from './zxing.worker.ts?worker&url'

/** Whether labels can be read without network from now on. The service worker keeps what is fetched. */
export async function readerAhead(): Promise<boolean> {
  keepStickerHost(document.getElementById('day')?.textContent, localStorage)
  if (await hasNativeReader()) return true
  await controlled()
  const kept = await Promise.all([workerUrl, wasm].map(isKept))
  return kept.every(Boolean)
}

// On the first visit the page is there before its service worker.
async function controlled(): Promise<void> {
  const { serviceWorker } = navigator
  if (serviceWorker.controller) return
  await new Promise((resolve) => {
    serviceWorker.addEventListener('controllerchange', resolve, { once: true })
  })
}

async function isKept(url: string): Promise<boolean> {
  if (await caches.match(url)) return true
  const answer = await fetch(url, { priority: 'low' }).catch(() => null)
  await answer?.arrayBuffer().catch(() => null)
  return (await caches.match(url)) !== undefined
}
