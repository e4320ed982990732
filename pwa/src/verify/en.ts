/** What the check of a line says in English, and the server's own words of its verdicts: one chunk. */
import verdict from '../verdict/words-en.json'
import type { CheckWords } from './fr.ts'

const own = {
  waiting: 'Requested',
  asked: 'Requested',
  running: 'Under way',
  waiting_more: 'The line will be checked once there is signal again.',
  asked_more: 'The result comes by itself; you can go on with the visit.',
  one_ahead: 'In line: one other check before yours.',
  ahead: 'In line: {n} checks before yours.',
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
  no_modem: 'The visit has no modem yet: scan its label, then check again.',
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
const sources = {
  manual: 'manual reading',
  ont_tr069: 'modem',
  ont_web: "modem's page",
  olt: 'network (OLT)',
  acs_cached: 'Last news (ACS)',
  acs_live: 'Modem, remotely (ACS)',
  modem: 'Modem, its Web page',
}

const endings = {
  running: 'under way…',
  ok: 'answered',
  stale: 'nothing new',
  timeout: 'does not answer',
  error: 'out of reach',
  skipped: 'not asked',
}

/** What a terminal comes through when it starts. */
const steps = {
  light: 'Light',
  registered: 'Registered',
  online: 'Online',
  inform: 'First contact',
}

export const en: CheckWords = { own, sources, endings, steps, verdict }
