import { expect, test, vi } from 'vitest'
import { handOver } from './hand-over.ts'

const FILE = new Blob(['{}'], { type: 'application/json' })
const NAME = 'terrain-envois-2026-11-23.txt'

function sharing(share: () => Promise<void>) {
  return { canShare: () => true, share: vi.fn(share) }
}

test('a phone that shares files hands the file over as a text', async () => {
  const navigator = sharing(() => Promise.resolve())
  const keep = vi.fn()

  await handOver(FILE, NAME, navigator, keep)

  const [{ files }] = navigator.share.mock.calls[0] as unknown as [{ files: File[] }]
  expect(files[0]?.name).toBe(NAME)
  expect(await files[0]?.text()).toBe('{}')
  expect(keep).not.toHaveBeenCalled()
})

test.each([
  ['does not share', {}],
  ['shares no files', { canShare: () => false, share: () => Promise.resolve() }],
  ['fails to share', sharing(() => Promise.reject(new DOMException('', 'NotAllowedError')))],
])('a phone that %s keeps the file as a download', async (_name, navigator) => {
  const keep = vi.fn()

  await handOver(FILE, NAME, navigator, keep)

  expect(keep).toHaveBeenCalledWith(FILE, NAME)
})

test('a file that the technician puts back is not kept behind his back', async () => {
  const navigator = sharing(() => Promise.reject(new DOMException('', 'AbortError')))
  const keep = vi.fn()

  await handOver(FILE, NAME, navigator, keep)

  expect(keep).not.toHaveBeenCalled()
})
