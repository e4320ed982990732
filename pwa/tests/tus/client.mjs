/**
 * Uploads a file with tus-js-client, as any program would: `node client.mjs < options.json`.
 *
 * The options are the client's own, with `file` and `urls`, the paths of what to send and of the
 * client's URL storage. Prints one JSON line: whether an upload was resumed, and the URL or error.
 */
import { readFileSync } from 'node:fs'
import { FileUrlStorage, Upload } from 'tus-js-client'

const { file, urls, ...options } = JSON.parse(readFileSync(0, 'utf8'))

const upload = new Upload(readFileSync(file), {
  ...options,
  urlStorage: new FileUrlStorage(urls),
  onSuccess: () => tell({ url: upload.url }),
  onError: (error) => tell({ error: error.message }),
})
const [earlier] = await upload.findPreviousUploads()
if (earlier) upload.resumeFromPreviousUpload(earlier)
upload.start()

function tell(outcome) {
  process.stdout.write(`${JSON.stringify({ resumed: earlier !== undefined, ...outcome })}\n`)
}
