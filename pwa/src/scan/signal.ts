/** Says "read" to hand and ear: the eye is on the label. */

const VIBRATION_MS = 60
const PITCH_HZ = 1_760
const BEEP_S = 0.09
const VOLUME = 0.15

export function heard(): void {
  navigator.vibrate?.(VIBRATION_MS)
  const audio = new AudioContext()
  const tone = audio.createOscillator()
  const volume = audio.createGain()
  volume.gain.value = VOLUME
  tone.frequency.value = PITCH_HZ
  tone.connect(volume).connect(audio.destination)
  tone.onended = () => void audio.close()
  tone.start()
  tone.stop(audio.currentTime + BEEP_S)
}
