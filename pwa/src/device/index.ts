/** The door of what concerns the phone itself: what the app takes from this chunk. */
import './style.ts'
import { keepInstalled } from './storage.ts'

export { Codes } from './codes.tsx'
export { Help } from './help.tsx'
export { Install } from './install.tsx'
export { learn } from './words.ts'

keepInstalled()
