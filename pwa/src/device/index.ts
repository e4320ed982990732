/** The door of what concerns the phone itself and its outbox: what the app takes from this chunk. */
import './style.ts'
import { rememberName } from './others.ts'
import { keepInstalled } from './storage.ts'

export { ConflictSheet } from './conflict-sheet.tsx'
export { Help } from './help.tsx'
export { Install } from './install.tsx'
export { Outbox } from './outbox.tsx'
export { learn } from './words.ts'

keepInstalled()
rememberName()
