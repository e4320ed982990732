/** Keeps the words being written on a visit, as long as this tab, until they are a note. */

const PREFIX = 'terrain-note-'

/** What was being written on the visit `key`, or "". */
export function loadDraft(key: string): string {
  try {
    return sessionStorage.getItem(PREFIX + key) ?? ''
  } catch {
    return '' // blocked, or not a browser
  }
}

/** Remember `text` for the visit `key`; "" forgets it. */
export function saveDraft(key: string, text: string): void {
  try {
    if (text) sessionStorage.setItem(PREFIX + key, text)
    else sessionStorage.removeItem(PREFIX + key)
  } catch {
    // A full or closed storage only means that leaving the screen loses the words.
  }
}
