/** The camera at the back: its picture and its lamp. */

export interface Camera {
  /** The middle of the present picture, `share` of its height; null before there is one. */
  picture(share: number): ImageData | null
  /** Turns the lamp on and off; null when there is none. */
  torch: ((on: boolean) => Promise<void>) | null
  close(): void
}

const LONG_EDGE_PX = 1280
const WANTED: MediaStreamConstraints = {
  audio: false,
  video: { facingMode: 'environment', width: { ideal: 1920 }, height: { ideal: 1080 } },
}

/** Opens the camera into `video`. Rejects with a DOMException when it is refused or absent. */
export async function openCamera(video: HTMLVideoElement): Promise<Camera> {
  const stream = await navigator.mediaDevices.getUserMedia(WANTED)
  const [track] = stream.getVideoTracks()
  const close = (): void => {
    for (const each of stream.getTracks()) each.stop()
    video.srcObject = null
  }
  try {
    video.srcObject = stream
    await video.play()
  } catch (error) {
    close()
    throw error
  }
  const canvas = document.createElement('canvas')
  return { picture: (share) => pictureOf(video, canvas, share), torch: torchOf(track), close }
}

function pictureOf(
  video: HTMLVideoElement,
  canvas: HTMLCanvasElement,
  share: number,
): ImageData | null {
  const { videoWidth, videoHeight } = video
  if (!videoWidth) return null
  const [top, height] = [(videoHeight * (1 - share)) / 2, videoHeight * share]
  const scale = Math.min(1, LONG_EDGE_PX / Math.max(videoWidth, height))
  canvas.width = Math.round(videoWidth * scale)
  canvas.height = Math.round(height * scale)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  context?.drawImage(video, 0, top, videoWidth, height, 0, 0, canvas.width, canvas.height)
  return context?.getImageData(0, 0, canvas.width, canvas.height) ?? null
}

/** W3C Image Capture section 9: a lamp is a capability of the track. */
function torchOf(track: MediaStreamTrack | undefined): Camera['torch'] {
  const has = (track?.getCapabilities?.() as { torch?: boolean } | undefined)?.torch
  if (!track || !has) return null
  return (on) => track.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] })
}
