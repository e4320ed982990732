"""What a refusal or failure of ERPNext means, in the office's two languages."""

from typing import Final, NamedTuple

from sync.lane import AUTH, FAULT, LEDGER


class Words(NamedTuple):
    """One sentence in French, and the same in English."""

    fr: str
    en: str


_KNOWN: Final = {
    "PermissionError": Words(
        "L'utilisateur de Terrain n'a pas le droit d'écrire ce type de document.",
        "Terrain's user may not write documents of this type.",
    ),
    "ValidationError": Words(
        "ERPNext refuse une valeur de ce document.", "ERPNext refuses a value of this document."
    ),
    "MandatoryError": Words(
        "Il manque un champ obligatoire dans ERPNext.", "A mandatory field is missing in ERPNext."
    ),
    "LinkValidationError": Words(
        "Le document nomme un autre document qui n'existe pas dans ERPNext.",
        "The document names another one that does not exist in ERPNext.",
    ),
    "CharacterLengthExceededError": Words(
        "Une valeur est trop longue pour son champ dans ERPNext.",
        "A value is too long for its field in ERPNext.",
    ),
    "DataError": Words(
        "Un champ du fichier de correspondance n'existe pas dans ERPNext.",
        "A field of the mapping file does not exist in ERPNext.",
    ),
    "duplicate": Words(
        "Une valeur qui doit être unique est déjà prise dans ERPNext.",
        "A value that must be unique is taken already in ERPNext.",
    ),
    "document-missing": Words(
        "Le document n'existe plus dans ERPNext.", "The document is no longer in ERPNext."
    ),
    "not-mapped": Words(
        "Le fichier de correspondance ne connaît pas ce genre de fiche.",
        "The mapping file does not know this kind of record.",
    ),
    "unknown-word": Words(
        "Le champ {} porte un mot que le fichier de correspondance ne connaît pas.",
        "The field {} holds a word that the mapping file does not know.",
    ),
    "not-kept": Words("ERPNext n'a pas gardé le champ {}.", "ERPNext did not keep the field {}."),
    "stale": Words(
        "Le document change plus vite qu'on ne peut l'écrire.",
        "The document changes faster than it can be written.",
    ),
}
_AUTH: Final = Words(
    "ERPNext refuse la clé de Terrain : mettre la nouvelle dans token_file.",
    "ERPNext refuses Terrain's key: put the new one into token_file.",
)
_FAULT: Final = Words(
    "Terrain échoue sur ce document ({}) : à signaler.",
    "Terrain fails on this document ({}): to be reported.",
)
_POISON: Final = Words(
    "ERPNext échoue sur ce seul document ({}) : voir son journal d'erreurs.",
    "ERPNext fails on this document alone ({}): see its error log.",
)
_AWAY: Final = Words("ERPNext ne répond pas ({}).", "ERPNext does not answer ({}).")
_OTHER: Final = Words("ERPNext refuse ce document ({}).", "ERPNext refuses this document ({}).")
_LEDGER: Final = Words("Registre des gestes : {}", "Ledger of operations: {}")


def parked_words(code: str) -> Words:
    """Why a lane is parked; `code` is its error."""
    if code.startswith(LEDGER):
        about = parked_words(code.removeprefix(LEDGER))
        return Words(_LEDGER.fr.format(about.fr), _LEDGER.en.format(about.en))
    name, _, detail = code.partition(":")
    if f"{name}:" == FAULT:
        return _said(_FAULT, detail)
    if name in _KNOWN:
        return _said(_KNOWN[name], detail)
    return _said(_POISON if name.startswith(("http-", "html-")) else _OTHER, code)


def away_words(code: str) -> Words:
    """Why ERPNext is away; `code` as the upstream's stored error."""
    return _AUTH if code.startswith(AUTH) else _said(_AWAY, code)


def _said(words: Words, detail: str) -> Words:
    return Words(words.fr.format(detail), words.en.format(detail))
