/** The door of the gestures that come after the day: what the app takes from their chunk. */
export { Activation } from './activation.tsx'
export { learn } from './words.ts'
