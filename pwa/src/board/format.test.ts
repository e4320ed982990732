import { expect, test } from 'vitest'
import { translator } from '../i18n/translate.ts'
import { ago, hours, needsAttention, silenceOf, span, spoken, statusTimes, why } from './format.ts'
import type { DeviceLine, VisitStatus } from './state.ts'
import { en } from './words/en.ts'
import { fr } from './words/fr.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NOW = Date.UTC(2026, 10, 23, 19, 41)
const ZONE = 'America/Toronto'
const TODAY = '2026-11-23'
const t = translator('fr')

function line(changes: Partial<DeviceLine>): DeviceLine {
  return {
    technician: 'technician/1',
    name: 'Marc',
    device: 'd1',
    app: '1',
    seenAt: NOW,
    pending: 0,
    oldestAt: null,
    photos: 0,
    photoBytes: 0,
    link: 'active',
    watched: true,
    ...changes,
  }
}

function status(changes: Partial<VisitStatus>): VisitStatus {
  const at = Date.UTC(2026, 10, 23, 19, 5)
  return {
    value: 'completed',
    reason: '',
    at,
    receivedAt: at,
    onFile: true,
    held: false,
    ...changes,
  }
}

test.each([
  [30_000, "à l'instant", 'just now'],
  [4 * MINUTE, 'il y a 4 min', '4 min ago'],
  [2 * HOUR + 5 * MINUTE, 'il y a 2 h 05', '2 h 5 min ago'],
  [26 * HOUR, 'il y a 26 h', '26 h ago'],
  [72 * HOUR, 'il y a 3 jours', '3 days ago'],
])('an age of %i ms is said in words', (age, french, english) => {
  expect(ago(fr, age).replaceAll('\u00a0', ' ')).toBe(french)
  expect(ago(en, age).replaceAll('\u00a0', ' ')).toBe(english)
})

test('a clock behind the server never gives a negative age', () => {
  expect(span(fr, -5000).replaceAll('\u00a0', ' ')).toBe('0 min')
})

test('a watched phone is late after 30 minutes and silent after two hours', () => {
  expect(silenceOf(line({ seenAt: NOW - 29 * MINUTE }), NOW)).toBe('ok')
  expect(silenceOf(line({ seenAt: NOW - 31 * MINUTE }), NOW)).toBe('quiet')
  expect(silenceOf(line({ seenAt: NOW - 121 * MINUTE }), NOW)).toBe('silent')
})

test('a phone that was never heard of is silent, one that nobody waits for is not', () => {
  expect(silenceOf(line({ seenAt: null }), NOW)).toBe('silent')
  expect(silenceOf(line({ seenAt: null, watched: false }), NOW)).toBe('ok')
})

test('who was never given a link is not silent, but somebody should look', () => {
  const waiting = line({ seenAt: null, link: 'none' })

  expect(silenceOf(waiting, NOW)).toBe('ok')
  expect(needsAttention(waiting, NOW)).toBe(true)
  expect(needsAttention({ ...waiting, watched: false }, NOW)).toBe(false)
})

test('old work on a phone and a link that ends tonight need attention', () => {
  expect(needsAttention(line({}), NOW)).toBe(false)
  expect(needsAttention(line({ oldestAt: NOW - 3 * HOUR }), NOW)).toBe(true)
  expect(needsAttention(line({ link: 'tonight' }), NOW)).toBe(true)
})

test('a status received more than five minutes later says both times', () => {
  const late = status({ receivedAt: Date.UTC(2026, 10, 23, 19, 40) })

  const times = statusTimes(t, ZONE, TODAY, late)

  expect(times).toEqual({ made: '14\u00a0h\u00a005', received: '14\u00a0h\u00a040' })
})

test('a status received at once says its own time only', () => {
  const times = statusTimes(t, ZONE, TODAY, status({}))

  expect(times).toEqual({ made: '14\u00a0h\u00a005', received: '' })
})

test('what the office set, and what is still to do, has no time', () => {
  const none = { made: '', received: '' }

  expect(statusTimes(t, ZONE, TODAY, status({ receivedAt: null }))).toEqual(none)
  expect(statusTimes(t, ZONE, TODAY, status({ value: 'todo' }))).toEqual(none)
})

test('hours are said as far as they are known', () => {
  const said = (start: string, end: string) =>
    hours(t, fr, { start, end }).replaceAll('\u00a0', ' ')

  expect(said('08:00', '10:30')).toBe('8 h – 10 h 30')
  expect(said('08:00', '')).toBe('Dès 8 h')
  expect(said('', '')).toBe('Sans heure')
})

test('a refusal says its reason, and an unknown code stays readable', () => {
  expect(why(fr, 'reason-required')).toBe('Motif manquant')
  expect(why(fr, 'exception:KeyError')).toBe('Erreur du serveur, à signaler')
  expect(why(fr, 'brand-new')).toBe('brand-new')
})

test('the value of a status is said in words, nothing is said as such', () => {
  expect(spoken(t, fr, 'status', 'on_site')).toBe('Sur place')
  expect(spoken(t, fr, 'phone', '450-555-0101')).toBe('450-555-0101')
  expect(spoken(t, fr, 'status', null)).toBe('rien')
})
