/** Reads what the server's page carries for the app, and remembers it for the pages without one. */
import type { SyncReply } from '../sync/protocol.ts'
import { isRecord, text } from './cells.ts'

export interface Page {
  technician: string
  name: string
  device: string
  officePhone: string
  zone: string
  seed?: SyncReply
}

export interface Site {
  officePhone: string
  zone: string
}

const SITE_KEY = 'terrain-site'
const DEFAULT_SITE: Site = { officePhone: '', zone: 'America/Toronto' }

/** The page's day, or null in the shell that the service worker keeps. */
export function readPage(carried: string | null | undefined): Page | null {
  if (!carried) return null
  const day: unknown = JSON.parse(carried)
  if (!isRecord(day)) return null
  return {
    technician: text(day, 'technician'),
    name: text(day, 'name'),
    device: text(day, 'device'),
    officePhone: text(day, 'office_phone'),
    zone: text(day, 'zone') || DEFAULT_SITE.zone,
    ...(isRecord(day.reply) && { seed: day.reply as unknown as SyncReply }),
  }
}

/** The office's number and zone as the last page from the server told them. */
export function loadSite(storage: Pick<Storage, 'getItem'>): Site {
  try {
    const kept: unknown = JSON.parse(storage.getItem(SITE_KEY) ?? '{}')
    if (!isRecord(kept)) return DEFAULT_SITE
    return { officePhone: text(kept, 'officePhone'), zone: text(kept, 'zone') || DEFAULT_SITE.zone }
  } catch {
    return DEFAULT_SITE
  }
}

export function saveSite(storage: Pick<Storage, 'setItem'>, { officePhone, zone }: Site): void {
  try {
    storage.setItem(SITE_KEY, JSON.stringify({ officePhone, zone }))
  } catch {
    // Without it an offline start only lacks the office's number.
  }
}
