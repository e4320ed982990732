import { expect, test } from 'vitest'
import { loadLang, saveLang } from './lang.ts'
import { appleMapUrl, mapUrl } from './map.ts'
import { loadSite, readPage, saveSite } from './page.ts'

function storage(): Pick<Storage, 'getItem' | 'setItem'> {
  const store = new Map<string, string>()
  return {
    getItem: (key) => store.get(key) ?? null,
    setItem: (key, value) => void store.set(key, value),
  }
}

const closed: Pick<Storage, 'getItem' | 'setItem'> = {
  getItem: () => {
    throw new Error('closed')
  },
  setItem: () => {
    throw new Error('closed')
  },
}

test('the page says whose day it is and brings its rows', () => {
  const reply = { now: 1, changes: { cursor: 'c', sequence: 1, epoch: 'e' } }
  const carried = { technician: 't1', name: 'Marc', device: 'd1', office_phone: '450', reply }

  expect(readPage(JSON.stringify(carried))).toEqual({
    technician: 't1',
    name: 'Marc',
    device: 'd1',
    officePhone: '450',
    zone: 'America/Toronto',
    seed: reply,
  })
})

test('the shell without data is nobody’s page', () => {
  expect(readPage(null)).toBeNull()
  expect(readPage('')).toBeNull()
  expect(readPage('[]')).toBeNull()
})

test('the office’s number survives for a start without network', () => {
  const kept = storage()

  saveSite(kept, { officePhone: '450 555-0100', zone: 'America/Moncton' })

  expect(loadSite(kept)).toEqual({ officePhone: '450 555-0100', zone: 'America/Moncton' })
})

test('a phone that closes its storage still starts, in French', () => {
  saveSite(closed, { officePhone: '1', zone: 'z' })
  saveLang(closed, 'en')

  expect(loadSite(closed).zone).toBe('America/Toronto')
  expect(loadLang('', closed, 'fr')).toBe('fr')
})

test('the language asked for comes before the remembered one', () => {
  const kept = storage()
  saveLang(kept, 'en')

  expect(loadLang('', kept, 'fr-CA')).toBe('en')
  expect(loadLang('?lang=fr', kept, 'en-CA')).toBe('fr')
  expect(loadLang('?lang=xx', storage(), 'en-CA')).toBe('fr')
  expect(loadLang('', storage(), 'en-CA')).toBe('en')
})

test('a map is asked for the place, on both kinds of phones', () => {
  const url = mapUrl("480, chemin du Lac-à-l'Épaule")

  expect(url).toBe("geo:0,0?q=480%2C%20chemin%20du%20Lac-%C3%A0-l'%C3%89paule")
  expect(appleMapUrl(url)).toBe("maps:?q=480%2C%20chemin%20du%20Lac-%C3%A0-l'%C3%89paule")
})
