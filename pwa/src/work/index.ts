/** The door of the gestures that come after the day: what the app takes from their chunk. */
import './style.ts'
import { dress } from './sun.tsx'

export { Activation } from './activation.tsx'
export { AfterSerial } from './after-serial.tsx'
export { Anyway } from './anyway.tsx'
export { Chain } from './chain.tsx'
export { Materials } from './materials.tsx'
export { Outage } from './outage.tsx'
export { owedOf } from './owed.ts'
export { Photos } from './photos.tsx'
export { Proof } from './proof.tsx'
export { screenOf, titleOf } from './screens.ts'
export { Signatures } from './sign.tsx'
export { Sun } from './sun.tsx'
export { Tell } from './tell.tsx'
export { EquipmentWays, StepWays } from './ways.tsx'
export { learn } from './words.ts'

dress()
