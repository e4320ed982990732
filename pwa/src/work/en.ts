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
  correct: 'Correct a serial number',
  correct_none: 'No number is fitted on this visit.',
  correct_wrong: 'Number to correct',
  correct_right: 'The right number',
  correct_same: 'That is the same number.',
  correct_why: 'Why?',
  why_typed: 'Typing mistake',
  why_label: 'Wrong label read',
  why_device: 'Another device fitted',
  in_words: 'Or in a few words',
  correct_more: 'The first report stays, marked as replaced; nothing is billed again.',
  correct_do: 'Correct',
}
