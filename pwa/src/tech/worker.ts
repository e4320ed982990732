/** Installs the service worker, and tells when a newer version of the app waits to take over. */
import { trusted } from './trusted.ts'

const WORKER = '/t/sw.js'

/**
 * Resolves with the call that starts the newer version and reloads, once one is ready; never
 * rejects: without a service worker the app still works, it only cannot start offline.
 */
export function newerVersion(): Promise<() => void> {
  return navigator.serviceWorker ? installed().catch(never) : never()
}

async function installed(): Promise<() => void> {
  const { serviceWorker } = navigator
  const registration = await serviceWorker.register(trusted(WORKER), { scope: '/t/' })
  const waiting = registration.waiting ?? (await nextWaiting(registration))
  return () => {
    serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
    waiting.postMessage('update')
  }
}

function nextWaiting(registration: ServiceWorkerRegistration): Promise<ServiceWorker> {
  return new Promise((resolve) => {
    registration.addEventListener('updatefound', () => {
      const worker = registration.installing
      worker?.addEventListener('statechange', () => {
        // The very first one takes over at once: only a second one has something to wait for.
        if (worker.state === 'installed' && navigator.serviceWorker.controller) resolve(worker)
      })
    })
  })
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}
