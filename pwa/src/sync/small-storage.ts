/** JSON in the host's small storage, which may be full, blocked or not there. */
import type { Host } from './host.ts'

/** The value of a key; null when there is none that can be read. */
export function readJson<T>(host: Host, key: string): T | null {
  try {
    return JSON.parse(host.storage?.getItem(key) ?? 'null') as T | null
  } catch {
    return null
  }
}

/** Whether the value is there now. */
export function writeJson(host: Host, key: string, value: unknown): boolean {
  const text = JSON.stringify(value)
  try {
    host.storage?.setItem(key, text)
    return host.storage?.getItem(key) === text
  } catch {
    return false // full or blocked
  }
}

/** Whether the key is gone now. */
export function remove(host: Host, key: string): boolean {
  try {
    host.storage?.removeItem(key)
    return true
  } catch {
    return false
  }
}
