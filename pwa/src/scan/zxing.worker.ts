/** The thread that reads pictures, so that the screen and the camera never wait for it. */
import { prepareZXingModule } from 'zxing-wasm/reader'
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url'
import { type Effort, read } from './reading.ts'

/** A picture to read; the answer has the same `id`, and the codes, or `null` when reading failed. */
export interface Ask {
  id: number
  image: ImageData
  effort: Effort
}

prepareZXingModule({ overrides: { locateFile: () => wasm } })

addEventListener('message', async ({ data }: MessageEvent<Ask>) => {
  const codes = await read(data.image, data.effort).catch(() => null)
  postMessage({ id: data.id, codes })
})
