/** Gives a file to the technician: by the phone's own sharing where it takes files, else as a download. */

type Sharing = Partial<Pick<Navigator, 'share' | 'canShare'>>

/**
 * Share the file, so that it reaches the office by message or mail; else download it. It is a plain
 * text: JSON is not among what browsers share
 * (https://developer.mozilla.org/en-US/docs/Web/API/Navigator/share#shareable_file_types).
 */
export async function handOver(
  file: Blob,
  name: string,
  phone: Sharing = navigator,
  keep = download,
): Promise<void> {
  const shared = { files: [new File([file], name, { type: 'text/plain' })] }
  if (!phone.canShare?.(shared)) return keep(file, name)
  // He who puts it back is asked no more: the button is still there.
  await phone.share?.(shared).catch(({ name: why }) => why === 'AbortError' || keep(file, name))
}

function download(file: Blob, name: string): void {
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has taken the file once the click is over; a minute covers the slow ones.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
