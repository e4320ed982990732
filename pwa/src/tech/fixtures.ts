/** What the tests of the screens start from: a visit under way, and a snapshot that holds it. */
import type { Cells, Item, ItemState, Replica, Snapshot } from '../sync/types.ts'

export const NOW = Date.UTC(2026, 10, 23, 19, 5)
export const TODAY = '2026-11-23'
export const ZONE = 'America/Toronto'

export const JOB: Cells = {
  subject: 'Installation',
  job_type: 'installation',
  date: TODAY,
  window_start: '13:30',
  window_end: '15:00',
  status: 'todo',
  location: 'location/l1',
  contact: 'contact/c1',
  checklist: [
    { id: 's1', label: 'Vérifier le signal', required: true },
    { id: 's2', label: 'Tester la vitesse', required: false },
  ],
}

export function rowsWith(cells: Cells): Map<string, Cells> {
  return new Map<string, Cells>([
    ['job/a', { ...JOB, ...cells }],
    ['location/l1', { street: '12, rue des Érables', town: 'Saint-Jérôme', access_code: '1234#' }],
    ['contact/c1', { full_name: 'Luc Tremblay', phone: '450 555-0101' }],
  ])
}

export function item(state: ItemState, more: Partial<Item> = {}): Item {
  return {
    id: `m-${state}`,
    kind: 'status',
    key: 'job/a',
    args: { to: 'on_site' },
    madeAt: NOW,
    state,
    attempts: 0,
    blobs: [],
    blobsWaiting: 0,
    bytes: 0,
    ...more,
  }
}

export function snapshotWith(more: Partial<Snapshot> = {}): Snapshot {
  return {
    technician: 't1',
    name: 'Marc Tremblay',
    device: 'd1',
    rows: rowsWith({}),
    removed: new Map(),
    items: [],
    conflicts: [],
    outages: [],
    pulledAt: NOW,
    lastContactAt: NOW,
    link: 'active',
    drain: { state: 'idle' },
    reachable: true,
    storage: 'ok',
    evicted: false,
    fileLate: false,
    clockOffset: 0,
    keptBytes: 0,
    letGo: false,
    ...more,
  }
}

/** The calls of an outbox that nobody presses. */
export const NO_CALLS: Pick<Replica, 'capture' | 'retry' | 'abandon' | 'syncNow' | 'exportItems'> =
  {
    capture: () => Promise.resolve(''),
    retry: () => Promise.resolve(),
    abandon: () => Promise.resolve(),
    syncNow: () => Promise.resolve(),
    exportItems: () => Promise.resolve(new Blob()),
  }
