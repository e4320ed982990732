/** The door of the verdict's chunk: light judged on the phone, and the words of every check. */
export { type Check, judged, type OpticalStatus, type Remark, rxOnt, type State } from './light.ts'
export { type Line, limitsOf, PLAUSIBLE, type Span, THRESHOLDS, type Thresholds } from './limits.ts'
export { meterCheck, readDbm } from './meter.ts'
export { learnLimits, siteThresholds } from './site.ts'
export { type Measured, power, story } from './story.ts'
export {
  checkText,
  learnVerdicts,
  reasonText,
  stateText,
  stepText,
  todoText,
  type VerdictWords,
} from './words.ts'
