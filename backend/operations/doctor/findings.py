"""What the doctor makes of what was seen: pure decisions, a line each."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, NamedTuple

SKEW_S: Final = 60.0  # as `terrain erp check` allows
OTHERS: Final = 0o077
_FIXED: Final = (3, 51, 3)
_BACKPORTS: Final = ((3, 44, 6), (3, 50, 7))
_FIRST: Final = (3, 7, 0)


class Level(StrEnum):
    """How a line is meant: all well, worth knowing, or to be mended."""

    OK = "OK"
    NOTE = "NOTE"
    FAULT = "À CORRIGER / TO MEND"


class Finding(NamedTuple):
    """One line; `fr` and `en` say what, and for what is not well what to do."""

    level: Level
    about: str
    fr: str
    en: str


def has_wal_reset_bug(version: str) -> bool:
    """Whether SQLite may corrupt a database that two connections write and checkpoint
    (https://www.sqlite.org/wal.html#walresetbug): 3.7.0 to 3.51.2, but for 3.44.6 and 3.50.7 and
    what follows these in their own series."""
    found = tuple(int(each) for each in re.findall(r"\d+", version)[:3])
    mended = any(found[:2] == each[:2] and found >= each for each in _BACKPORTS)
    return _FIRST <= found < _FIXED and not mended


def sqlite_line(version: str) -> Finding:
    """The version of the embedded database."""
    if has_wal_reset_bug(version):
        return Finding(
            Level.NOTE,
            f"SQLite {version}",
            "défaut WAL-reset : un seul processus écrit, Terrain y veille; n'ouvrir la base avec"
            " aucun autre programme",
            "WAL-reset bug: one process writes, Terrain sees to it; open the database with no"
            " other program",
        )
    return Finding(Level.OK, f"SQLite {version}", "sans le défaut WAL-reset", "no WAL-reset bug")


def disk_line(free: int, photos_stop: int, phones_stop: int) -> Finding:
    """The bytes free under the data folder, against what stops below them."""
    about = f"{free // 1024**2} Mio"
    if free < phones_stop:
        fr, en = (
            "disque plein : rien n'est pris des téléphones",
            "disk full: phones keep their work",
        )
        return Finding(Level.FAULT, about, f"{fr}; libérer de la place", f"{en}; make room")
    if free < photos_stop:
        fr, en = "photos refusées", "photos are refused"
        return Finding(Level.FAULT, about, f"{fr}; libérer de la place", f"{en}; make room")
    return Finding(Level.OK, about, "libres pour les données", "free for the data")


def secret_line(path: str, size: int | None, mode: int) -> Finding:
    """A secret's file: `size` None when it is missing, `mode` its permission bits."""
    if not size:
        return Finding(Level.FAULT, path, "secret absent ou vide", "secret missing or empty")
    if mode & OTHERS:
        fr, en = "d'autres peuvent lire ce secret", "others may read this secret"
        return Finding(Level.FAULT, path, f"{fr} : chmod 600", f"{en}: chmod 600")
    return Finding(Level.OK, path, "lu de nous seuls", "read by us alone")


def clock_line(skew_s: float | None, of: str) -> Finding:
    """This machine's clock against another's; None when it could not be compared."""
    if skew_s is None:
        return Finding(Level.NOTE, of, "horloge non comparée", "clock not compared")
    if abs(skew_s) > SKEW_S:
        fr, en = "d'écart : mettre les deux horloges à l'heure (NTP)", "off: set both clocks (NTP)"
        return Finding(Level.FAULT, of, f"{skew_s:.0f} s {fr}", f"{skew_s:.0f} s {en}")
    return Finding(Level.OK, of, "même heure", "same time")


def upstream_line(name: str, status: int | None) -> Finding:
    """Another system: the HTTP status of its answer, None without any."""
    if status is None:
        return Finding(Level.FAULT, name, "ne répond pas", "does not answer")
    if status in (401, 403):
        return Finding(Level.FAULT, name, f"refuse ({status}) : clé", f"refuses ({status}): key")
    if status >= 500:
        return Finding(Level.FAULT, name, f"en panne ({status})", f"broken ({status})")
    return Finding(Level.OK, name, "répond", "answers")


def spoof_line(spelt: str, status: int | None) -> Finding:
    """What the board answered to a stranger who said in a header to be of the office."""
    about = f"/board/ + {spelt}"
    if status is None:
        return Finding(Level.NOTE, about, "non essayé", "not tried")
    if status < 300:
        return Finding(
            Level.FAULT,
            about,
            "le mandataire laisse passer une identité inventée : aliasHeadersStrategy=delete, et"
            " retirer ces en-têtes",
            "the proxy lets an invented identity through: aliasHeadersStrategy=delete, and strip"
            " these headers",
        )
    return Finding(Level.OK, about, f"refusé ({status})", f"refused ({status})")


def schema_line(current: str, newest: str) -> Finding:
    """The database's revision against this version's."""
    if current == newest:
        return Finding(Level.OK, f"base / database {current}", "à jour", "up to date")
    fr, en = "à mettre à niveau : `terrain upgrade`", "to be upgraded: `terrain upgrade`"
    return Finding(Level.FAULT, f"base / database {current or '-'}", fr, en)


def backup_line(taken_at: int | None, now_ms: int, late_ms: int) -> Finding:
    """The newest backup; None when none are taken by themselves, 0 when there is none yet."""
    about = "copies / backups"
    if taken_at is None:
        return Finding(
            Level.NOTE, about, "aucune d'elle-même : [backup]", "none by itself: [backup]"
        )
    hours = (now_ms - taken_at) / 3_600_000
    if not taken_at or now_ms - taken_at > late_ms:
        fr, en = "la dernière est trop vieille", "the last one is too old"
        return Finding(Level.FAULT, about, f"{fr} : voir le journal", f"{en}: see the log")
    return Finding(Level.OK, about, f"il y a {hours:.1f} h", f"{hours:.1f} h ago")


def lines(findings: Iterable[Finding]) -> Iterator[str]:
    """As text."""
    width = max(len(each.value) for each in Level)
    for each in findings:
        yield f"{each.level.value:{width}}  {each.about}  {each.fr} / {each.en}"
