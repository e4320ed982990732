/** What the gestures that come after the day say in English. */
import type { WorkWords } from './words.ts'

export const en: WorkWords = {
  activation: 'Activation',
  activation_ask: 'Ask for activation',
  activation_again: 'Ask for activation again',
  activation_none: 'Once the ONT is in place, ask the office to activate the line.',
  asked: 'Asked',
  granted: 'Activated',
  refused: 'Refused',
  with_office: 'The office has the request.',
  said_by: '{by}: {text}',
}
