/** Who reads the pictures: the browser's own detector where it knows our codes, else our zxing. */
import { trusted } from '../tech/trusted.ts'
import type { Found } from './facts.ts'
import type { Effort } from './reading.ts'
import type { Ask } from './zxing.worker.ts'
import workerUrl from './zxing.worker.ts?worker&url'

export interface Reader {
  name: 'native' | 'zxing-wasm'
  /** The codes of a picture; none when it could not be read in time. */
  read(image: ImageData, effort: Effort): Promise<readonly Found[]>
  close(): void
}

interface Detector {
  detect(image: ImageData): Promise<readonly { rawValue: string; format: string }[]>
}
interface DetectorClass {
  new (options: { formats: string[] }): Detector
  getSupportedFormats(): Promise<readonly string[]>
}

/** W3C Shape Detection API, section 4.4: those that labels of equipment carry. */
const FORMATS = ['code_128', 'code_39', 'data_matrix', 'ean_13', 'itf', 'qr_code', 'upc_a']
const PATIENCE_MS = 5_000

/** The best reader that this browser has; null when it has none, as an iPhone in Lockdown Mode. */
export async function openReader(): Promise<Reader | null> {
  return (await nativeReader()) ?? ('WebAssembly' in globalThis ? wasmReader() : null)
}

/** Whether the browser reads labels itself, so that nothing must be fetched ahead. */
export async function hasNativeReader(): Promise<boolean> {
  const detector = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector
  const known = (await detector?.getSupportedFormats().catch(() => [])) ?? []
  return FORMATS.every((format) => known.includes(format))
}

async function nativeReader(): Promise<Reader | null> {
  if (!(await hasNativeReader())) return null
  const Native = (globalThis as unknown as { BarcodeDetector: DetectorClass }).BarcodeDetector
  const detector = new Native({ formats: FORMATS })
  const read = async (image: ImageData) => {
    const codes = await detector.detect(image).catch(() => [])
    return codes.map(({ rawValue, format }) => ({ text: rawValue, symbology: format }))
  }
  return { name: 'native', read, close: () => undefined }
}

/** A thread of our own, asked one picture at a time; one that falls silent is replaced. */
export function wasmReader(): Reader {
  let worker: Worker | null = start()
  let asked = 0
  let last: Promise<unknown> = Promise.resolve()
  const ask = async (image: ImageData, effort: Effort) => {
    if (!worker) return []
    const codes = await answerOf(worker, { id: ++asked, image, effort })
    if (codes || !worker) return codes ?? []
    worker.terminate()
    worker = start()
    return []
  }
  const read = (image: ImageData, effort: Effort) => {
    const turn = last.then(() => ask(image, effort))
    last = turn
    return turn
  }
  const close = () => {
    worker?.terminate()
    worker = null
  }
  return { name: 'zxing-wasm', read, close }
}

function start(): Worker {
  return new Worker(trusted(workerUrl), { type: 'module' })
}

/** The worker's codes; null when it died or let us wait too long. */
function answerOf(worker: Worker, ask: Ask): Promise<readonly Found[] | null> {
  return new Promise((resolve) => {
    const done = (codes: readonly Found[] | null): void => {
      clearTimeout(timer)
      worker.onmessage = worker.onerror = null
      resolve(codes)
    }
    const timer = setTimeout(done, PATIENCE_MS, null)
    worker.onmessage = ({ data }: MessageEvent<{ id: number; codes: Found[] | null }>) => {
      if (data.id === ask.id) done(data.codes ?? [])
    }
    worker.onerror = () => done(null)
    worker.postMessage(ask, [ask.image.data.buffer])
  })
}
