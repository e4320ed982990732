/** The words of a check's screen: they come with it, not with the day. */
import type { Lang } from '../i18n/translator.ts'

const fr = {
  waiting: 'Demandée',
  asked: 'Demandée',
  running: 'En cours',
  waiting_more: 'La vérification se fera au retour du réseau.',
  asked_more: 'Le résultat arrive par lui-même; tu peux continuer la visite.',
  never: "Pas encore vérifiée. Sans réseau, la demande est gardée et part d'elle-même.",
  so_far: "Jusqu'ici\u00a0: {what}",
  last: 'Dernier verdict',
  measured: 'Mesurée à {time}, demandée à {asked}',
  asked_at: 'Demandée à {asked}',
  lines: 'Ce qui a été vérifié',
  window: '{low} à {high}',
  at_least: 'au moins {low}',
  todo: 'Quoi faire',
  remark: 'Aussi\u00a0: {what}',
  sources: 'Qui a répondu',
  way: 'Le modem démarre',
  done: 'fait',
  not_yet: 'pas encore',
  modem_answers: 'Le modem répond',
  modem_silent: 'Le modem ne répond pas',
  nobody: "Aucune source n'a pu être interrogée sur cette ligne",
  network_sees: 'le réseau le voit',
  network_blind: 'le réseau ne le voit pas',
  network_silent: 'le réseau ne répond pas',
  story: 'Signal, essai par essai',
  verify: 'Vérifier la ligne',
  again: 'Revérifier',
  again_in: 'Revérifier dans {s}\u00a0s',
  already: 'Déjà demandée',
  see: 'Voir la vérification',
  wifi_up:
    "L'Internet du client fonctionne\u00a0: branche-toi à son Wi-Fi pour envoyer {n} et vérifier.",
  wifi_maybe:
    'Le voyant Internet du modem est allumé\u00a0? Branche-toi au Wi-Fi du client pour envoyer {n} et vérifier.',
  item: '{n}\u00a0élément',
  items: '{n}\u00a0éléments',
  meter: 'Mesure au wattmètre optique',
  dbm: 'Puissance lue, en dBm',
  dbm_hint: 'Avec le signe\u00a0: −21,4 ou -21.4',
  dbm_bad: 'De −45 à 10 dBm, avec le signe et au plus deux décimales.',
  of_class: 'classe {name}',
  manual: 'mesure manuelle',
  photo: 'Photo du wattmètre',
  photo_here: 'Photo jointe',
  bad_photo: "Cette photo ne s'ouvre pas. Prends-en une autre.",
  keep: 'Enregistrer la mesure',
  kept: "Mesure enregistrée sur l'appareil",
  accept: 'Accepter quand même',
  accept_why: 'Pourquoi est-ce acceptable\u00a0?',
  accepted: 'Acceptée par {by}\u00a0: {reason}',
  office_only: 'Seul le bureau peut accepter une ligne non conforme.',
  call_office: 'Appeler le bureau',
}
export type VerifyWords = typeof fr

const en: VerifyWords = {
  waiting: 'Requested',
  asked: 'Requested',
  running: 'Under way',
  waiting_more: 'The line will be checked once there is signal again.',
  asked_more: 'The result comes by itself; you can go on with the visit.',
  never: 'Not checked yet. Without signal the request is kept and leaves by itself.',
  so_far: 'So far: {what}',
  last: 'Last verdict',
  measured: 'Measured at {time}, requested at {asked}',
  asked_at: 'Requested at {asked}',
  lines: 'What was checked',
  window: '{low} to {high}',
  at_least: 'at least {low}',
  todo: 'What to do',
  remark: 'Also: {what}',
  sources: 'Who answered',
  way: 'The modem is starting',
  done: 'done',
  not_yet: 'not yet',
  modem_answers: 'The modem answers',
  modem_silent: 'The modem does not answer',
  nobody: 'No source could be asked about this line',
  network_sees: 'the network sees it',
  network_blind: 'the network does not see it',
  network_silent: 'the network does not answer',
  story: 'Light, try by try',
  verify: 'Check the line',
  again: 'Check again',
  again_in: 'Check again in {s}\u00a0s',
  already: 'Already requested',
  see: 'See the check',
  wifi_up: "The customer's Internet works: connect to their Wi-Fi to send {n} and check.",
  wifi_maybe:
    "Is the modem's Internet light on? Connect to the customer's Wi-Fi to send {n} and check.",
  item: '{n}\u00a0item',
  items: '{n}\u00a0items',
  meter: 'Optical power meter reading',
  dbm: 'Power read, in dBm',
  dbm_hint: 'With its sign: −21.4 or -21,4',
  dbm_bad: 'From −45 to 10 dBm, with its sign and at most two decimals.',
  of_class: 'class {name}',
  manual: 'manual reading',
  photo: 'Photo of the meter',
  photo_here: 'Photo attached',
  bad_photo: 'This photo does not open. Take another one.',
  keep: 'Save the reading',
  kept: 'Reading saved on this device',
  accept: 'Accept all the same',
  accept_why: 'Why is it acceptable?',
  accepted: 'Accepted by {by}: {reason}',
  office_only: 'Only the office can accept a line that fails.',
  call_office: 'Call the office',
}

/** By the source of a line, and by the one that was asked; another is shown as it is. */
const SOURCES: Readonly<Record<Lang, Readonly<Record<string, string>>>> = {
  fr: {
    manual: fr.manual,
    ont_tr069: 'modem',
    ont_web: 'page du modem',
    olt: 'réseau (OLT)',
    acs_cached: 'Dernières nouvelles (ACS)',
    acs_live: 'Modem, à distance (ACS)',
    modem: 'Modem, sa page Web',
  },
  en: {
    manual: en.manual,
    ont_tr069: 'modem',
    ont_web: "modem's page",
    olt: 'network (OLT)',
    acs_cached: 'Last news (ACS)',
    acs_live: 'Modem, remotely (ACS)',
    modem: 'Modem, its Web page',
  },
}

const ENDINGS: Readonly<Record<Lang, Readonly<Record<string, string>>>> = {
  fr: {
    running: 'en cours…',
    ok: 'a répondu',
    stale: 'rien de neuf',
    timeout: 'ne répond pas',
    error: 'inaccessible',
    skipped: 'pas interrogé',
  },
  en: {
    running: 'under way…',
    ok: 'answered',
    stale: 'nothing new',
    timeout: 'does not answer',
    error: 'out of reach',
    skipped: 'not asked',
  },
}

/** What a terminal comes through when it starts. */
const STEPS: Readonly<Record<Lang, Readonly<Record<string, string>>>> = {
  fr: {
    light: 'Lumière',
    registered: 'Enregistré',
    online: 'En ligne',
    inform: 'Premier contact',
  },
  en: { light: 'Light', registered: 'Registered', online: 'Online', inform: 'First contact' },
}

export const VERIFY_WORDS: Readonly<Record<Lang, VerifyWords>> = { fr, en }

export function sourceWord(lang: Lang, name: string): string {
  return of(SOURCES[lang], name)
}

export function endingWord(lang: Lang, state: string): string {
  return of(ENDINGS[lang], state)
}

export function stepWord(lang: Lang, name: string): string {
  return of(STEPS[lang], name)
}

/** A text with its holes filled. */
export function filled(
  template: string,
  values: Readonly<Record<string, string | number>>,
): string {
  return template.replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole))
}

function of(named: Readonly<Record<string, string>>, code: string): string {
  return Object.hasOwn(named, code) ? (named[code] ?? code) : code
}
