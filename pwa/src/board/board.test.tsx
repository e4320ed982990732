import { render } from 'preact-render-to-string'
import { expect, test } from 'vitest'
import { Board, filtered } from './board.tsx'
import { type Me, MeContext } from './desk/me.ts'
import { BUSY, DECISIONS, EMPTY, html, NOW, text, VISIT, ZOE } from './given.tsx'
import type { Live } from './live.ts'

test('a viewer sees all and is shown no button that would be refused', () => {
  const person = (me: Me | null): string => {
    const live: Live = { status: 'live', board: DECISIONS, now: NOW, answeredAt: NOW }
    return render(
      <MeContext.Provider value={me}>
        <Board live={live} visit="" lang="fr" setLang={() => undefined} />
      </MeContext.Provider>,
    )
  }
  const known = { email: 'julie@example.ca', hasSession: true }
  const [viewer, dispatcher] = [
    person({ ...known, role: 'viewer' }),
    person({ ...known, role: 'dispatcher' }),
  ]

  for (const words of ['Accorder', 'Libérer sans preuve', 'Trancher<', 'Annuler (']) {
    expect(dispatcher).toContain(words)
    expect(viewer).not.toContain(words)
    expect(person(null)).not.toContain(words)
  }
  expect(viewer).toContain('DJ-00161')
  expect(viewer).toContain('Lecture seule')
})

test('the way out is shown to who came in here, and to nobody whom a proxy lets in', () => {
  const shown = (hasSession: boolean): string =>
    render(
      <MeContext.Provider value={{ email: 'julie@example.ca', role: 'admin', hasSession }}>
        <Board
          live={{ status: 'live', board: EMPTY, now: NOW, answeredAt: NOW }}
          visit=""
          lang="fr"
          setLang={() => undefined}
        />
      </MeContext.Provider>,
    )

  expect(shown(true)).toContain('<form method="post" action="/board/logout">')
  expect(shown(false)).not.toContain('/board/logout')
  expect(shown(false)).toContain('julie@example.ca')
})

test('the same board reads in English', () => {
  const read = text(html(BUSY, 'en'))

  expect(read).toContain('Office (ERPNext) Late since 9:12 a.m. 50 queued')
  expect(read).toContain('Done 2:05 p.m. , not yet on file (received 2:40 p.m.)')
  expect(read).not.toMatch(/Visites|Santé|Refusés|Technicien /)
})

test('an empty board says so in every section', () => {
  const read = text(html(EMPTY))

  for (const words of ['Rien à trancher.', 'Aucun envoi refusé.', "Aucune visite aujourd'hui."]) {
    expect(read).toContain(words)
  }
  expect(read).toContain('Bureau (ERPNext) Jamais joint 0 en file')
})

test('tables have a name, and headers for their columns and rows', () => {
  const markup = html(BUSY)

  expect(markup).toContain('<caption>Marc Tremblay')
  expect(markup).toContain('<th scope="row">Marc Tremblay')
  expect(markup.match(/<th scope="col">/g)).toHaveLength(8 + 4)
})

test('a server that does not answer leaves the figures and says their time', () => {
  const read = text(html(BUSY, 'fr', 'stale'))

  expect(read).toContain('Le serveur ne répond pas. Chiffres de 14 h 41.')
  expect(read).toContain('Ginette Lachapelle')
})

test('who is staff no more sees no customer', () => {
  expect(text(html(null, 'fr', 'out'))).toContain('Session terminée.')
})

test('a name is found without its accents, and decisions stay', () => {
  const found = filtered(BUSY, { name: 'zoe ', attention: false }, NOW)

  expect(found.devices).toEqual([ZOE])
  expect(found.visits).toEqual([])
  expect(found.tiles.conflicts).toBe(2)
})

test('only technicians whose phone needs attention are left when asked', () => {
  const found = filtered(BUSY, { name: '', attention: true }, NOW)

  expect(found.devices).toEqual([ZOE])
})

test('who has a decision open is among those who need attention', () => {
  const conflict = {
    ...{
      id: 'c1',
      key: 'job/1',
      visit: 'V-1',
      path: 'status',
      base: 'todo',
      mine: 'on_site',
      theirs: 'cancelled',
    },
    ...{ author: VISIT.name, otherAuthor: 'Julie', madeAt: NOW, otherAt: NOW },
    ...{ suggested: 'theirs', askedAt: 0, value: 'status', photos: [] },
  }

  const found = filtered({ ...BUSY, conflicts: [conflict] }, { name: '', attention: true }, NOW)

  expect(found.visits).toContainEqual(VISIT)
})
