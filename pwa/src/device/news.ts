/** Web Push: whether this phone is told of visits, and the calls that begin and end it. */
import type { Lang } from '../i18n/translator.ts'

export type News = 'absent' | 'none' | 'denied' | 'off' | 'on' | 'failed'

interface Offered {
  /** The installation's public key, base64url; "" where nobody is told. */
  key: string
  told: boolean
}

const DOOR = '/api/push'
const OWN = { 'Content-Type': 'application/json', 'X-Terrain': '1' }

export async function newsNow(): Promise<News> {
  if (!isAble()) return 'absent'
  try {
    const [{ key, told }, subscription] = await Promise.all([offered(), current()])
    if (!key) return 'none'
    if (Notification.permission === 'denied') return 'denied'
    return told && subscription ? 'on' : 'off'
  } catch {
    return 'failed'
  }
}

/** Asks the person, then the browser, then tells the server. Only from a touch. */
export async function startNews(lang: Lang): Promise<News> {
  try {
    if ((await Notification.requestPermission()) !== 'granted') return 'denied'
    const { key } = await offered()
    const { pushManager } = await navigator.serviceWorker.ready
    // One that was made for another key of the installation is of no use.
    await (await pushManager.getSubscription())?.unsubscribe()
    const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
    await send('POST', { ...made.toJSON(), lang })
    return 'on'
  } catch {
    return 'failed'
  }
}

export async function stopNews(): Promise<News> {
  try {
    await send('DELETE')
    await (await current())?.unsubscribe()
    return 'off'
  } catch {
    return 'failed'
  }
}

function isAble(): boolean {
  return 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis
}

async function current(): Promise<PushSubscription | null> {
  return (await navigator.serviceWorker.ready).pushManager.getSubscription()
}

async function offered(): Promise<Offered> {
  const response = await fetch(DOOR)
  if (!response.ok) throw new Error(`push:${response.status}`)
  return (await response.json()) as Offered
}

async function send(method: string, body?: object): Promise<void> {
  const sent = body ? { body: JSON.stringify(body) } : {}
  const { ok, status } = await fetch(DOOR, { method, headers: OWN, ...sent })
  if (!ok) throw new Error(`push:${status}`)
}
