/** The door of the gestures that come after the day: what the app takes from their chunk. */
import './style.ts'

export { Activation } from './activation.tsx'
export { Anyway } from './anyway.tsx'
export { Outage } from './outage.tsx'
export { Photos } from './photos.tsx'
export { screenOf, titleOf } from './screens.ts'
export { EquipmentWays, StepWays } from './ways.tsx'
export { learn } from './words.ts'
