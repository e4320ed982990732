/** Installs the service worker, and tells when a newer version of the app waits to take over. */

const WORKER = '/t/sw.js'

interface PolicyMaker {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string }
}

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

// The page's policy (`require-trusted-types-for 'script'`) wants our own word for a worker's URL.
function trusted(url: string): string {
  const maker = (globalThis as { trustedTypes?: PolicyMaker }).trustedTypes
  return maker
    ? maker.createPolicy('terrain', { createScriptURL: ownOnly }).createScriptURL(url)
    : url
}

function ownOnly(url: string): string {
  if (url !== WORKER) throw new TypeError('not a worker of ours')
  return url
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
