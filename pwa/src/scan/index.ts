/** What the app takes from the reader of labels, in one chunk that comes after the day. */
export { readerAhead } from './ahead.ts'
export { openCamera } from './camera.ts'
export { CheckLine } from './check.tsx'
export { Live } from './live.tsx'
export { openReader } from './reader.ts'
export { readStill } from './still.ts'
