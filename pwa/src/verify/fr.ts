/** What the check of a line says in French, and the server's own words of its verdicts: one chunk. */
import type { VerdictWords } from '../verdict/index.ts'
import verdict from '../verdict/words-fr.json'

const own = {
  waiting: 'Demandée',
  asked: 'Demandée',
  running: 'En cours',
  waiting_more: 'La vérification se fera au retour du réseau.',
  asked_more: 'Le résultat arrive par lui-même; tu peux continuer la visite.',
  one_ahead: 'En file\u00a0: une autre avant la tienne.',
  ahead: 'En file\u00a0: {n} autres avant la tienne.',
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
  no_modem: "La visite n'a pas encore de modem\u00a0: scanne son étiquette, puis revérifie.",
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
    'Le voyant Internet du modem est allumé\u00a0? Branche-toi à son Wi-Fi pour envoyer {n} et vérifier.',
  item: '{n}\u00a0élément',
  items: '{n}\u00a0éléments',
  meter: 'Mesure au wattmètre optique',
  dbm: 'Puissance lue, en dBm',
  dbm_hint: 'Avec le signe\u00a0: −21,4',
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

/** By the source of a line, and by the one that was asked; another is shown as it is. */
const sources = {
  manual: 'mesure manuelle',
  ont_tr069: 'modem',
  ont_web: 'page du modem',
  olt: 'réseau (OLT)',
  acs_cached: 'Dernières nouvelles (ACS)',
  acs_live: 'Modem, à distance (ACS)',
  modem: 'Modem, sa page Web',
}

const endings = {
  running: 'en cours…',
  ok: 'a répondu',
  stale: 'rien de neuf',
  timeout: 'ne répond pas',
  error: 'inaccessible',
  skipped: 'pas interrogé',
}

/** What a terminal comes through when it starts. */
const steps = {
  light: 'Lumière',
  registered: 'Enregistré',
  online: 'En ligne',
  inform: 'Premier contact',
}

export interface CheckWords {
  own: typeof own
  sources: Readonly<Record<string, string>>
  endings: Readonly<Record<string, string>>
  steps: Readonly<Record<string, string>>
  verdict: VerdictWords
}

export const fr: CheckWords = { own, sources, endings, steps, verdict }
