"""What the lines of the check mean and how each is mended, in the operator's two languages."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from backend.erp.check.findings import Finding, Level


class Words(NamedTuple):
    """What a code says, and what to do about it; nothing when all is well."""

    fr: str
    en: str
    mend_fr: str = ""
    mend_en: str = ""


_LEVELS: Final = {
    Level.OK: "OK",
    Level.NOTE: "NOTE",
    Level.MISSING: "MANQUE / MISSING",
}
_WIDTH: Final = max(len(word) for word in _LEVELS.values())
_INSTALL: Final = "`terrain erp install`"

WORDS: Final[dict[str, Words]] = {
    "account": Words("compte de service", "service user"),
    "administrator": Words(
        "Administrator n'est pas un compte de service",
        "Administrator is no service user",
        f"créer un utilisateur réservé à Terrain : {_INSTALL} le fait",
        f"make a user for Terrain alone: {_INSTALL} does it",
    ),
    "versions": Words("versions", "versions"),
    "unproved": Words(
        "version qui n'a pas été éprouvée",
        "a version that was not proved",
        "essayer d'abord sur une copie du site",
        "try a copy of the site first",
    ),
    "zone": Words("fuseau horaire du site", "time zone of the site"),
    "zone-differs": Words(
        "le site et Terrain n'ont pas le même fuseau horaire",
        "the site and Terrain have different time zones",
        "ôter `zone` de terrain.toml, puis redémarrer Terrain",
        "take `zone` out of terrain.toml, then restart Terrain",
    ),
    "clock": Words("avance de l'horloge du site", "the site's clock is ahead by"),
    "clock-differs": Words(
        "les horloges diffèrent",
        "the clocks differ",
        "régler les deux machines par NTP",
        "set both machines by NTP",
    ),
    "clock-untold": Words(
        "le site ne dit pas son heure",
        "the site does not tell its time",
        "laisser passer l'en-tête Date au mandataire",
        "let the Date header through the proxy",
    ),
    "doctype": Words("complet, champs", "whole, fields"),
    "no-doctype": Words(
        "doctype absent",
        "no such doctype",
        f"corriger `doctype` dans le fichier de correspondance, ou {_INSTALL}",
        f"mend `doctype` in the mapping file, or {_INSTALL}",
    ),
    "no-field": Words(
        "champ absent",
        "no such field",
        f"corriger le fichier de correspondance, ou {_INSTALL}",
        f"mend the mapping file, or {_INSTALL}",
    ),
    "type-differs": Words(
        "champ d'un autre type",
        "field of another type",
        "corriger `kind` dans le fichier de correspondance, ou nommer un autre champ",
        "mend `kind` in the mapping file, or name another field",
    ),
    "link-differs": Words(
        "lien vers un autre doctype",
        "a link to another doctype",
        "corriger `ref` dans le fichier de correspondance",
        "mend `ref` in the mapping file",
    ),
    "no-option": Words(
        "choix absent du champ",
        "not among the field's options",
        f"un autre mot sous [values], ou {_INSTALL}, qui ajoute le choix",
        f"another word under [values], or {_INSTALL}, which adds the option",
    ),
    "strange-option": Words(
        "choix que Terrain ne connaît pas",
        "options that Terrain does not know",
        "les ajouter sous [values], sinon ils ne sont pas lus",
        "add them under [values], or they are not read",
    ),
    "no-right": Words(
        "permission absente",
        "no permission",
        f"l'accorder au rôle du compte, ou {_INSTALL}",
        f"grant it to the user's role, or {_INSTALL}",
    ),
    "delete-granted": Words(
        "le compte peut supprimer",
        "the user may delete",
        "ôter `delete` au rôle : ERPNext l'accorde à toute ligne qui ne le refuse pas",
        "take `delete` from the role: ERPNext grants it to any row that does not refuse it",
    ),
    "naming-differs": Words(
        "documents nommés autrement",
        "documents are named otherwise",
        "corriger `naming` dans le fichier de correspondance",
        "mend `naming` in the mapping file",
    ),
    "no-id": Words(
        "aucun champ unique pour notre identifiant : Terrain cherche avant de créer",
        "no unique field for our id: Terrain looks before it creates",
        _INSTALL,
        _INSTALL,
    ),
    "not-unique": Words(
        "champ qui n'est pas unique : deux documents peuvent porter le même numéro",
        "a field that is not unique: two documents may have the same number",
        "le rendre unique dans ERPNext",
        "make it unique in ERPNext",
    ),
    "told": Words("le document y dit où en est Terrain", "tells of Terrain in the document"),
    "no-told": Words(
        "champ absent ou d'un autre type : le document ne le dira pas, le reste suit",
        "no such field, or of another type: the document will not tell it, all else goes on",
        _INSTALL,
        _INSTALL,
    ),
    "cell": Words("y est lu et écrit", "is read and written there"),
    "no-cell": Words(
        "champ absent ou différent : il n'y est ni lu ni écrit, le reste suit",
        "no such field, or another one: it is neither read nor written, all else goes on",
        _INSTALL,
        _INSTALL,
    ),
    "rows": Words("reçoit une ligne par vérification", "gets a row a check of the line"),
    "no-rows": Words(
        "table absente ou différente : ses lignes n'y seront pas, le reste suit",
        "no such table, or another one: its rows are left out, all else goes on",
        _INSTALL,
        _INSTALL,
    ),
    "deletions": Words("les suppressions y sont lues", "deletions are read there"),
    "no-deletions": Words(
        "suppressions illisibles : vues à la relecture de nuit, sans nom ni heure",
        "deletions cannot be read: they are seen by the nightly sweep, without who and when",
        _INSTALL,
        _INSTALL,
    ),
    "no-ledger": Words(
        "journal des gestes absent d'ERPNext : Terrain relit chaque document, sans journal",
        "no log of mutations in ERPNext: Terrain reads each document again, and logs nothing",
        _INSTALL,
        _INSTALL,
    ),
}


def table(lines: Iterable[Finding]) -> Iterator[str]:
    """The check as text: a line each, and how to mend it below those that are not well."""
    for line in lines:
        words = WORDS[line.code]
        said = words.fr if words.fr == words.en else f"{words.fr} / {words.en}"
        told = f" : {line.detail}" if line.detail else ""
        yield f"{_LEVELS[line.level]:{_WIDTH}}  {line.about}  {said}{told}"
        if words.mend_fr:
            mend = {words.mend_fr: None, words.mend_en: None}
            yield f"{'':{_WIDTH}}  → {' / '.join(mend)}"
