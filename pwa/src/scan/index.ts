/** What the app takes from the reader of labels, in one chunk that comes after the day. */
export { readerAhead } from './ahead.ts'
export { Live, type LiveProps } from './live.tsx'
export { readStill } from './still.ts'
