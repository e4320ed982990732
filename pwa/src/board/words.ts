/** Every word of the board, in French: the source from which the other languages are typed. */
import type { Lang } from '../i18n/translate.ts'

export const NBSP = '\u00a0'
const rules = { fr: new Intl.PluralRules('fr-CA'), en: new Intl.PluralRules('en-CA') }

/** "0 envoi", "2 envois" in French; "0 items", "1 item" in English. */
export function count(lang: Lang, n: number, one: string, other: string): string {
  return `${n}${NBSP}${rules[lang].select(n) === 'one' ? one : other}`
}

export const fr = {
  title: 'Tableau',
  language: 'English',
  languageCode: 'en',
  skip: 'Aller aux visites',
  sections: 'Sections',
  filter: 'Chercher un technicien',
  attention: 'À surveiller seulement',
  loading: 'Chargement du tableau…',
  live: (time: string) => `À jour à ${time}`,
  stale: (time: string) => `Le serveur ne répond pas. Chiffres de ${time}.`,
  unreachable: 'Le serveur ne répond pas. Nouvel essai dans 15 secondes.',
  shutOut: 'Session terminée. Recharger la page pour se reconnecter.',
  nobody: 'Sans nom',
  tile: {
    conflicts: 'À trancher',
    conflictsHint: 'valeurs à choisir',
    refused: (days: number) => `Refusés, ${days} jours`,
    refusedHint: 'envois refusés ou mis de côté',
    oldest: 'Plus vieux envoi',
    oldestHint: (name: string) => `sur l'appareil de ${name}`,
    oldestNone: 'Rien en attente sur les appareils',
    office: 'Bureau (ERPNext)',
    ok: 'OK',
    late: (time: string) => `En retard depuis ${time}`,
    unknown: 'Jamais joint',
    queued: (n: number) => `${n}${NBSP}en file`,
    parked: (n: number) => count('fr', n, 'document mis de côté', 'documents mis de côté'),
    checked: (ago: string) => `vérifié ${ago}`,
  },
  health: {
    title: 'Santé de synchro',
    technician: 'Technicien',
    app: 'Version',
    contact: 'Dernier contact',
    pending: "Envois sur l'appareil",
    oldest: 'Plus vieux',
    photos: 'Photos en attente',
    link: 'Lien',
    never: 'jamais',
    noDevice: 'Aucun appareil',
    device: (id: string) => `appareil ${id}`,
    quiet: 'tarde',
    silent: 'silencieux',
    empty: "Aucun technicien. Ils arrivent avec la première lecture d'ERPNext.",
    none: 'Aucun technicien ne correspond.',
    note: "Envois et photos\u00a0: ce que l'appareil a dit à son dernier contact. Un lien expiré n'inscrit plus d'appareil; ceux déjà inscrits continuent.",
  },
  link: {
    active: 'actif',
    tonight: 'expire ce soir',
    expired: 'expiré',
    revoked: 'révoqué',
    none: 'aucun lien',
  },
  visits: {
    title: 'Visites du jour',
    window: 'Heures',
    customer: 'Client',
    status: 'Statut',
    equipment: 'Équipement',
    empty: "Aucune visite aujourd'hui.",
    none: 'Aucune visite ne correspond.',
    done: (done: number, all: number) =>
      `${done} de ${count('fr', all, 'visite finie', 'visites finies')}`,
    received: (time: string) => `(reçu ${time})`,
    notFiled: 'pas encore au dossier',
    held: 'au dossier après vérification',
    legend: 'Hachuré\u00a0: pas encore au dossier (ERPNext).',
    by_office: 'par le bureau',
    with: (names: string) => `avec ${names}`,
    noWindow: 'Sans heure',
    from: (time: string) => `Dès ${time}`,
    until: (time: string) => `Avant ${time}`,
    toConfirm: (n: number) => count('fr', n, 'étiquette à confirmer', 'étiquettes à confirmer'),
    replaces: (serial: string) => `remplace ${serial}`,
    removed: 'retiré',
    source: {
      barcode: 'lu par la caméra',
      photo: 'lu sur la photo',
      typed: 'tapé',
      model: 'proposé par Gemini',
    },
    noSerial: 'aucun numéro',
  },
  refused: {
    title: 'Refusés',
    empty: 'Aucun envoi refusé.',
    time: 'Fait à',
    visit: 'Visite',
    action: 'Geste',
    reason: 'Raison',
    parked: 'Mis de côté',
    more: (shown: number, all: number) => `Les ${shown} plus récents de ${all}.`,
  },
  conflicts: {
    title: 'À trancher',
    empty: 'Rien à trancher.',
    field: 'Champ',
    base: 'Avant',
    mine: 'Technicien',
    theirs: 'Bureau',
    nothing: 'rien',
    bound: (visit: string) => `Déjà sur la visite de ${visit}`,
  },
  check: {
    missing: (n: number) =>
      `ERPNext\u00a0: ${count('fr', n, 'point à corriger', 'points à corriger')}`,
    notes: (n: number) => `ERPNext\u00a0: ${count('fr', n, 'remarque', 'remarques')}`,
    mend: 'Comment corriger\u00a0: `terrain erp check`.',
    about: { account: 'Compte', versions: 'Versions', zone: 'Fuseau horaire', clock: 'Horloge' },
    what: {
      administrator: "Administrator n'est pas un compte de service",
      unproved: 'version non éprouvée',
      'zone-differs': 'fuseaux différents',
      'clock-differs': 'horloges décalées',
      'clock-untold': 'heure inconnue',
      'no-doctype': 'doctype absent',
      'no-field': 'champ absent',
      'type-differs': 'type de champ différent',
      'link-differs': 'lien vers un autre doctype',
      'no-option': 'choix absent',
      'strange-option': 'choix inconnu de Terrain',
      'no-right': 'permission absente',
      'delete-granted': 'le compte peut supprimer',
      'naming-differs': 'documents nommés autrement',
      'no-id': 'sans champ unique, Terrain cherche avant de créer',
      'not-unique': "champ qui n'est pas unique",
      'no-told': "champ absent ou d'un autre type\u00a0: rien n'y est dit de Terrain",
      'no-ledger': 'journal absent\u00a0: Terrain relit, sans journal',
    },
  },
  field: {
    status: 'Statut',
    technician: 'Technicien',
    equipment: 'Équipement',
    reason: 'Motif',
    phone: 'Téléphone',
    access_code: "Code d'accès",
    access_notes: "Notes d'accès",
    started_at: 'Début',
    completed_at: 'Fin',
  },
  kind: {
    status: 'Statut',
    note: 'Note',
    check: 'Étape',
    tag: 'Mention',
    equipment: 'Équipement',
    scan: "Photo d'étiquette",
    edit: 'Correction',
    opaque: 'Envoi illisible',
  },
  why: {
    'office-owned': 'Champ réservé au bureau',
    'unknown-record': 'Visite inconnue, ou plus à ce technicien',
    'unknown-kind': 'Geste inconnu du serveur',
    'unknown-item': 'Étape ou étiquette inconnue',
    'unknown-field': 'Champ inconnu',
    'not-editable': 'Champ à ne pas corriger ainsi',
    'reason-required': 'Motif manquant',
    'text-required': 'Explication manquante',
    'reason-not-expected': 'Motif de trop',
    'illegal-step': 'Changement de statut interdit',
    'text-length': 'Texte vide ou trop long',
    'bad-args': 'Contenu mal formé',
    'bad-serial': 'Numéro de série mal formé',
    'bad-key': 'Visite mal nommée',
    unreadable: 'Envoi illisible',
    opaque: 'Envoi illisible',
    mutated: 'Envoi changé après coup',
    'depends-on': "Dépend d'un envoi mis de côté",
    exception: 'Erreur du serveur, à signaler',
  },
  ago: {
    now: "à l'instant",
    minutes: (n: number) => `il y a ${n}${NBSP}min`,
    hours: (h: number, m: number) =>
      `il y a ${h}${NBSP}h${m ? `${NBSP}${String(m).padStart(2, '0')}` : ''}`,
    days: (n: number) => `il y a ${count('fr', n, 'jour', 'jours')}`,
  },
  span: {
    minutes: (n: number) => `${n}${NBSP}min`,
    hours: (h: number, m: number) =>
      `${h}${NBSP}h${m ? `${NBSP}${String(m).padStart(2, '0')}` : ''}`,
    days: (n: number) => count('fr', n, 'jour', 'jours'),
  },
}

type Shape<T> = {
  readonly [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...given: infer A) => string
      ? (...given: A) => string
      : Shape<T[K]>
}

export type BoardWords = Shape<typeof fr>
