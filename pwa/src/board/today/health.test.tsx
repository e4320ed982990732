import { expect, test } from 'vitest'
import { BUSY, html, MARC, NOW, text } from '../given.tsx'
import type { DeviceLine } from '../state.ts'

test('a phone says what it holds and when it was last heard', () => {
  const read = text(html(BUSY))

  expect(read).toContain(
    "il y a 4 min 3 52 min 4 / 6,3 Mo rien encore 7 encore sur l'appareil ✓ actif 1.4.2",
  )
  expect(read).toContain('il y a 3 h 10 ■ silencieux')
})

test('a day is proved when all of it is on file, and says what is missing', () => {
  const proof = { technician: MARC.technician, told: 31, filed: 31, refused: 0 }
  const times = { firstAt: NOW, lastAt: NOW }
  const idle = { ...MARC, pending: 0, photos: 0 }
  const day = (changed: Partial<typeof proof>, line: DeviceLine): string =>
    text(html({ ...BUSY, devices: [line], proofs: [{ ...proof, ...times, ...changed }] }))

  expect(day({}, idle)).toContain('✓ 31 gestes, tout au dossier')
  expect(day({ filed: 28 }, idle)).toContain(
    '▲ 31 gestes, 28 au dossier 3 en route vers le dossier',
  )
  expect(day({ filed: 29, refused: 2 }, idle)).toContain('■ 31 gestes, 29 au dossier 2 refusés')
  expect(day({}, MARC)).toContain("▲ 31 gestes, 31 au dossier 7 encore sur l'appareil")
})
