/** Which gestures have a screen of their own, and by which part of the address. */
import type { ComponentType } from 'preact'
import type { Lang } from '../i18n/translator.ts'
import type { WorkProps } from '../tech/with-work.tsx'
import { Absent } from './absent.tsx'
import { Burst } from './burst.tsx'
import { Correct } from './correct.tsx'
import { Replace } from './replace.tsx'
import { Sign } from './sign.tsx'
import { UndoStep } from './undo-step.tsx'
import { type WorkWords, wordsOf } from './words.ts'

interface Gesture {
  screen: ComponentType<WorkProps>
  title: keyof WorkWords
}

const GESTURES: Readonly<Record<string, Gesture>> = {
  absent: { screen: Absent, title: 'absent' },
  correct: { screen: Correct, title: 'correct' },
  photos: { screen: Burst, title: 'photos' },
  replace: { screen: Replace, title: 'replace' },
  sign: { screen: Sign, title: 'sign' },
  'undo-step': { screen: UndoStep, title: 'undo_step' },
}

export function screenOf(part: string): ComponentType<WorkProps> | undefined {
  return gestureOf(part)?.screen
}

/** The gesture's name; undefined of an address that names none. */
export function titleOf(part: string, lang: Lang): string | undefined {
  const gesture = gestureOf(part)
  return gesture && wordsOf(lang)[gesture.title]
}

function gestureOf(part: string): Gesture | undefined {
  return Object.hasOwn(GESTURES, part) ? GESTURES[part] : undefined
}
