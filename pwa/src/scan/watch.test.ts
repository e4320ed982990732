/** What the camera tells: codes that frames agree on, a sticker of ours among them. */
import { beforeEach, expect, test } from 'vitest'
import type { Camera } from './camera.ts'
import type { Reader } from './reader.ts'
import { keepStickerHost, stickerHost } from './sticker-host.ts'
import { watch } from './watch.ts'

const SERIAL = { text: 'TPLG1A2B3C4D', symbology: 'code_128' }
const STICKER = { text: 'https://q.isp.example/q/10394EB5DA90', symbology: 'qr_code' }
const OTHER = { text: 'TPLG00000000', symbology: 'code_128' }

const camera = { picture: () => ({}) } as unknown as Camera
const nextFrame = () => Promise.resolve()
const closed = {
  getItem: () => {
    throw new Error('closed')
  },
  setItem: () => {
    throw new Error('closed')
  },
}

let kept: Map<string, string>
let storage: Pick<Storage, 'getItem' | 'setItem'>

beforeEach(() => {
  kept = new Map()
  storage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
  }
})

/** A reader that sees these codes in turn, then nothing. */
function seeing(...frames: (typeof SERIAL)[][]): Reader {
  return {
    name: 'native',
    read: () => Promise.resolve(frames.shift() ?? []),
    close: () => undefined,
  }
}

async function told(reader: Reader): Promise<[type: string, value: string][]> {
  const { signal } = new AbortController()
  const codes = await watch(camera, reader, stickerHost(storage), nextFrame, signal)
  return (codes ?? []).map(({ type, value }) => [type, value])
}

test('a sticker of the ISP is its MAC, also after a start without network', async () => {
  keepStickerHost('{"sticker_host": "q.isp.example"}', storage)
  keepStickerHost(null, storage)

  const codes = await told(seeing([SERIAL, STICKER], [SERIAL, STICKER]))

  expect(codes).toEqual([
    ['gpon-serial', 'TPLG1A2B3C4D'],
    ['url', '10394EB5DA90'],
  ])
})

test('a sticker of a host that is ours no more is an address like any other', async () => {
  keepStickerHost('{"sticker_host": "q.isp.example"}', storage)
  keepStickerHost('{}', storage)

  expect(await told(seeing([SERIAL, STICKER], [SERIAL, STICKER]))).toEqual([
    ['gpon-serial', 'TPLG1A2B3C4D'],
    ['text', STICKER.text],
  ])
})

test('a code that one frame alone has seen is none', async () => {
  expect(await told(seeing([OTHER], [SERIAL], [SERIAL]))).toEqual([['gpon-serial', 'TPLG1A2B3C4D']])
})

test('a second serial that comes a moment later is told as well', async () => {
  expect(await told(seeing([SERIAL], [SERIAL], [OTHER], [OTHER]))).toEqual([
    ['gpon-serial', 'TPLG1A2B3C4D'],
    ['gpon-serial', 'TPLG00000000'],
  ])
})

test('a camera that is left tells nothing', async () => {
  const left = AbortSignal.abort()

  expect(await watch(camera, seeing([SERIAL], [SERIAL]), '', nextFrame, left)).toBeNull()
})

test('a phone that closes its storage has no stickers of its own', () => {
  keepStickerHost('{"sticker_host": "q.isp.example"}', closed)

  expect(stickerHost(closed)).toBe('')
})
