/** The unsent work as pages: each fits a code, together they are the export without its photos. */
import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { base32, PART, pagesOf } from './pages.ts'

const mutation = (n: number) => ({ id: `m-${n}`, kind: 'note', args: { text: `é${Math.sin(n)}` } })
const exported = (mutations: unknown[]) =>
  new Blob([JSON.stringify({ technician: 'marc', device: 'd1', mutations, photos: { a: 'AAAA' } })])

test('base32 is that of RFC 4648, without its padding', () => {
  const text = (word: string) => base32(new TextEncoder().encode(word))

  expect(['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'].map(text)).toEqual([
    '',
    'MY',
    'MZXQ',
    'MZXW6',
    'MZXW6YQ',
    'MZXW6YTB',
    'MZXW6YTBOI',
  ])
})

test('every page names its place, fits a code, and has letters that a code packs', async () => {
  const pages = await pagesOf(exported(Array.from({ length: 120 }, (_, n) => mutation(n))))

  expect(pages.length).toBeGreaterThan(2)
  pages.forEach((page, at) => {
    expect(page).toMatch(/^TERRAIN1\/[0-9A-F]{8}\/\d+\/\d+\/[A-Z2-7]+$/)
    expect(page.split('/').slice(2, 4)).toEqual([`${at + 1}`, `${pages.length}`])
    expect(page.length).toBeLessThanOrEqual(PART + 30)
  })
})

test('the pages together are the work, without the photos', async () => {
  const pages = await pagesOf(exported([mutation(1), mutation(2)]))

  const text = pages.map((page) => page.split('/')[4]).join('')
  const bits = [...text].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  )
  const bytes =
    bits
      .join('')
      .match(/.{8}/g)
      ?.map((byte) => Number.parseInt(byte, 2)) ?? []
  expect(JSON.parse(inflateSync(Uint8Array.from(bytes)).toString())).toEqual({
    technician: 'marc',
    device: 'd1',
    mutations: [mutation(1), mutation(2)],
    photos: {},
  })
})

test('a phone with nothing unsent has no page', async () => {
  expect(await pagesOf(exported([]))).toEqual([])
})
