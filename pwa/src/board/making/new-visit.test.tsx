import { render } from 'preact-render-to-string'
import { expect, test } from 'vitest'
import { Board } from '../board.tsx'
import { MeContext } from '../desk/me.ts'
import { BUSY, EMPTY, NOW } from '../given.tsx'
import type { BoardState } from '../state.ts'
import { asked, BLANK, chosen } from './wanted.ts'

const STAMP = { id: 'v1', made_at: NOW }
const GINETTE = {
  contact: 'contact/1',
  name: 'Ginette',
  phone: '514 555-0142',
  location: 'location/1',
  street: '12 rue X',
  town: 'Mercier',
}

function shown(board: BoardState, role: 'viewer' | 'dispatcher'): string {
  const live = { status: 'live', board, now: NOW, answeredAt: NOW } as const
  return render(
    <MeContext.Provider value={{ email: 'julie@example.ca', role, hasSession: false }}>
      <Board live={live} visit="" lang="fr" setLang={() => undefined} />
    </MeContext.Provider>,
  )
}

test('visits are made here while ERPNext is away, by who may decide', () => {
  expect(shown(BUSY, 'dispatcher')).toContain('Créer une visite')
  expect(shown(BUSY, 'viewer')).not.toContain('Créer une visite')
  expect(shown(EMPTY, 'dispatcher')).not.toContain('Créer une visite')
})

test('who is known goes by key alone, who is typed by words', () => {
  const known = asked({ ...BLANK, technician: 'technician/1', ...chosen(GINETTE) }, STAMP)
  const typed = asked({ ...BLANK, name: 'Réjean', street: '88, chemin du Lac' }, STAMP)
  const moved = asked(
    { ...BLANK, ...chosen({ ...GINETTE, location: '' }), street: '1 rue Y' },
    STAMP,
  )

  expect(known).toMatchObject({
    contact: 'contact/1',
    location: 'location/1',
    name: '',
    street: '',
  })
  expect(typed).toMatchObject({
    contact: '',
    name: 'Réjean',
    street: '88, chemin du Lac',
    id: 'v1',
  })
  expect(moved).toMatchObject({ contact: 'contact/1', location: '', name: '', street: '1 rue Y' })
})
