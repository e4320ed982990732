"""Decides the journal: a line a gesture, and what it says of each technician's day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from backend.board.journal.timeline import TimelineEntry, entry_of
from backend.errors import Unreadable
from backend.store.clock import day_start, local_date
from backend.store.journal import Rows, Search
from backend.store.spelling import alphabetical
from sync.job_status import JobStatus
from sync.protocol import Fate, Kind, Outcome
from sync.visit import client_of, referred, text_of

LONGEST_DAYS: Final = 92
_REFUSED: Final = frozenset({Outcome.REJECTED.value, Outcome.PARKED.value})
_OWED: Final = _REFUSED | {Outcome.HELD.value}

Cells = Mapping[str, Mapping[str, Any]]


class JournalLine(TimelineEntry, frozen=True, rename="camel"):
    """A gesture with the visit it was about: `key`, and `visit` as people call it."""

    key: str
    visit: str
    owes: bool  # ERPNext must hear of it


class DayLine(msgspec.Struct, frozen=True, rename="camel"):
    """One person's local day: the first and last gesture (UTC ms on his device), how many, how many
    of those that ERPNext must hear of (`told`) are `filed` or were `refused`, and the time between
    each arrival and the next status (`on_site_ms`)."""

    by: str
    day: str
    first_at: int
    last_at: int
    gestures: int
    told: int
    filed: int
    refused: int
    on_site_ms: int


class Journal(msgspec.Struct, frozen=True):
    """`more`: there was too much to show all."""

    lines: tuple[JournalLine, ...]
    days: tuple[DayLine, ...]
    more: bool


class Asked(msgspec.Struct, frozen=True):
    """What the office looks for: local dates from `first` to `last`, a technician's record key, a
    visit's id, a serial; "" for any."""

    first: str
    last: str
    technician: str = ""
    visit: str = ""
    serial: str = ""


def search_of(asked: Asked, zone: ZoneInfo) -> Search:
    """The instants of those days. Raises Unreadable for dates that are none, or too many."""
    try:
        first, last = date.fromisoformat(asked.first), date.fromisoformat(asked.last)
    except ValueError as error:
        raise Unreadable("date") from error
    if not first <= last <= first + timedelta(days=LONGEST_DAYS) or last.year > _LAST_YEAR:
        raise Unreadable("date")
    until = day_start(last + timedelta(days=1), zone)
    visit = f"job/{asked.visit}" if asked.visit else ""
    return Search(day_start(first, zone), until, asked.technician, visit, asked.serial)


def journal(
    rows: Rows, cells: Cells, names: Mapping[str, str], most: int
) -> tuple[tuple[JournalLine, ...], bool]:
    """The lines of at most `most` rows, and whether there were more."""
    lines = tuple(_line(row, cells, names) for row in rows[:most])
    return lines, len(rows) > most


def days_of(lines: Iterable[JournalLine], zone: ZoneInfo) -> tuple[DayLine, ...]:
    """What lines in order of `made_at` say of each person's days, by day and name."""
    days: dict[tuple[str, str], list[JournalLine]] = defaultdict(list)
    for line in lines:
        days[local_date(line.made_at, zone).isoformat(), line.by].append(line)
    in_order = sorted(days, key=lambda named: (named[0], alphabetical(named[1])))
    return tuple(_day(by, day, days[day, by]) for day, by in in_order)


# What a calendar and every database can count.
_LAST_YEAR: Final = 9000


def _line(row: Any, cells: Cells, names: Mapping[str, str]) -> JournalLine:
    entry = entry_of(row, names)
    job = cells.get(row.key, {})
    street = text_of(referred(cells, job, "location"), "street")
    place = ", ".join(part for part in (client_of(cells, job), street) if part)
    told = msgspec.structs.asdict(entry)
    return JournalLine(**told, key=row.key, visit=place, owes=bool(row.for_erpnext))


def _day(by: str, day: str, lines: list[JournalLine]) -> DayLine:
    refused = [line for line in lines if line.outcome in _REFUSED or line.fate == Fate.REFUSED]
    owed = [line for line in lines if line.owes or line.outcome in _OWED]
    return DayLine(
        by=by,
        day=day,
        first_at=lines[0].made_at,
        last_at=lines[-1].made_at,
        gestures=len(lines),
        told=len(owed),
        filed=sum(1 for line in owed if line.fate == Fate.FILED),
        refused=len(refused),
        on_site_ms=_on_site_ms(lines),
    )


def _on_site_ms(lines: Iterable[JournalLine]) -> int:
    """From each arrival to the status that follows it, on whatever visit; an open one counts 0."""
    total, arrived = 0, 0
    for line in lines:
        if line.kind != Kind.STATUS or line.outcome in _REFUSED:
            continue
        total += line.made_at - arrived if arrived else 0
        arrived = line.made_at if line.args.get("to") == JobStatus.ON_SITE else 0
    return total
