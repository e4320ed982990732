/** The words of the camera's screen: they come with it, not with the day. */
import type { Lang } from '../i18n/translator.ts'

const fr = {
  title: 'Lecture par la caméra',
  opening: 'Ouverture de la caméra…',
  aim: "Mets le code-barres dans le cadre. La lecture se fait d'elle-même.",
  closer: "Rapproche-toi, évite le reflet. Ou prends l'étiquette en photo.",
  torch_on: 'Allumer la lampe',
  torch_off: 'Éteindre la lampe',
  refused:
    'La caméra est refusée à Terrain\u00a0: permets-la dans les réglages du site, ou prends une photo.',
  absent: 'Pas de caméra ici\u00a0: prends une photo, ou tape le numéro.',
  unable: 'Ce téléphone ne lit pas les étiquettes\u00a0: prends une photo, ou tape le numéro.',
  photo: 'Photo',
  type: 'Taper',
  close: 'Fermer',
}
export type ScanWords = typeof fr

const en: ScanWords = {
  title: 'Reading by camera',
  opening: 'Opening the camera…',
  aim: 'Put the barcode in the frame. It is read by itself.',
  closer: 'Get closer, avoid the glare. Or take a photo of the label.',
  torch_on: 'Turn the lamp on',
  torch_off: 'Turn the lamp off',
  refused: 'Terrain may not use the camera: allow it in the site settings, or take a photo.',
  absent: 'No camera here: take a photo, or type the number.',
  unable: 'This phone cannot read labels: take a photo, or type the number.',
  photo: 'Photo',
  type: 'Type',
  close: 'Close',
}

export const SCAN_WORDS: Readonly<Record<Lang, ScanWords>> = { fr, en }
