/** The chunk's own styles: the page's stand in its head, where the first view needs them. */
import styles from './device.css?inline'

const sheet = new CSSStyleSheet()
sheet.replaceSync(styles)
document.adoptedStyleSheets.push(sheet)
