/** The door of the check of a line: what the app takes from its chunk. */
import styles from './verify.css?inline'

export { missingEvidence } from '../sync/missing.ts'
export { Again } from './again.tsx'
export { checkAhead } from './ahead.ts'
export { Check } from './check.tsx'
export { Section } from './section.tsx'
export { learn } from './words.ts'

const sheet = new CSSStyleSheet()
sheet.replaceSync(styles)
document.adoptedStyleSheets.push(sheet)
