"""Decides what the operator is told, and that nothing is told twice. Instants are UTC ms."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import time
from enum import StrEnum
from typing import Final, NamedTuple

from backend.store.disk import FILLING
from sync.lane import LATE_MS

CONFLICT_MS: Final = 15 * 60_000
SILENT_MS: Final = 2 * 3_600_000
# A phone is silent at night.
WORKDAY: Final = (time(8), time(18))
DISK_CLEAR: Final = 0.78  # else a disk at the limit would be told every minute


class Kind(StrEnum):
    """What may be told; docs/operations.md has what to do about each."""

    CONFLICT = "conflict"
    REFUSED = "refused"
    SILENT = "silent"
    LATE = "erpnext-late"
    KEY = "erpnext-key"
    DISK = "disk"
    BACKUP = "backup"


class Told(StrEnum):
    """The last word that was sent of an alert."""

    NOTHING = ""
    RAISED = "raised"
    CLEARED = "cleared"


class Name(NamedTuple):
    """Which alert: of one subject (a conflict, a mutation, a device), or "" for the whole."""

    kind: Kind
    subject: str = ""


class Standing(NamedTuple):
    """An alert as it is stored."""

    detail: str
    raised_at: int
    cleared_at: int | None
    told: Told


class Waits(NamedTuple):
    """A conflict that nobody decided, a mutation that was refused: its id, the name of its visit,
    since when."""

    id: str
    visit: str
    since: int


class Silent(NamedTuple):
    """A phone of a technician who still has visits today."""

    device: str
    name: str
    seen_at: int


class Facts(NamedTuple):
    """What is so at one moment. `oldest_at` is the oldest work that waits for ERPNext alone,
    `away_since` when it last stopped answering, `local` the site's time, `disk_used` a share."""

    now_ms: int
    local: time
    conflicts: tuple[Waits, ...]
    refused: tuple[Waits, ...]
    phones: tuple[Silent, ...]
    oldest_at: int | None
    away_since: int | None
    disk_used: float
    backup_is_stale: bool
    is_key_refused: bool = False


def conditions(facts: Facts, standing: Iterable[Name]) -> dict[Name, str]:
    """Every alert that is to stand, with its detail; `standing` are those that do."""
    found = dict(_of_people(facts))
    since = min((each for each in (facts.oldest_at, facts.away_since) if each), default=None)
    if since is not None and facts.now_ms - since > LATE_MS:
        found[Name(Kind.LATE)] = f"{(facts.now_ms - since) // 60_000} min"
    if facts.is_key_refused:  # only a person can mend it: nobody waits
        found[Name(Kind.KEY)] = ""
    limit = DISK_CLEAR if Name(Kind.DISK) in set(standing) else FILLING
    if facts.disk_used > limit:
        found[Name(Kind.DISK)] = f"{facts.disk_used:.0%}"
    if facts.backup_is_stale:
        found[Name(Kind.BACKUP)] = ""
    return found


def _of_people(facts: Facts) -> Iterator[tuple[Name, str]]:
    for waits in facts.conflicts:
        if facts.now_ms - waits.since > CONFLICT_MS:
            yield Name(Kind.CONFLICT, waits.id), waits.visit
    for waits in facts.refused:
        yield Name(Kind.REFUSED, waits.id), waits.visit
    if WORKDAY[0] <= facts.local < WORKDAY[1]:
        for phone in facts.phones:
            if facts.now_ms - phone.seen_at > SILENT_MS:
                yield Name(Kind.SILENT, phone.device), phone.name


def after(
    before: Mapping[Name, Standing], found: Mapping[Name, str], now_ms: int
) -> dict[Name, Standing]:
    """The rows that change: what is new is raised, what stands no longer is cleared. What comes
    again after its end was told is a new alert; before that it never ended."""
    changed = {}
    for name, detail in found.items():
        known = before.get(name)
        if known is None or (known.cleared_at is not None and known.told is not Told.RAISED):
            changed[name] = Standing(detail, now_ms, None, Told.NOTHING)
        elif known.cleared_at is not None:
            changed[name] = known._replace(cleared_at=None)
    for name, known in before.items():
        if name not in found and known.cleared_at is None:
            changed[name] = known._replace(cleared_at=now_ms)
    return changed


def to_tell(standing: Mapping[Name, Standing]) -> list[tuple[Name, Told]]:
    """What is to be sent, the oldest first: a beginning that nobody heard of, and the end of what
    was told. What ended untold is never told, nor that a refusal grew old: nobody undid it."""
    due = [
        (known.raised_at, name, _due(known))
        for name, known in standing.items()
        if not (name.kind is Kind.REFUSED and known.cleared_at is not None)
    ]
    return [(name, word) for _, name, word in sorted(due) if word is not None]


def _due(known: Standing) -> Told | None:
    if known.cleared_at is None:
        return Told.RAISED if known.told is Told.NOTHING else None
    return Told.CLEARED if known.told is Told.RAISED else None
