"""What is said of a piece of equipment: all of it to the office, to a technician what is his."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec

from backend.store.equipment import Found
from sync.job_status import FINISHED, JobStatus, parse_status
from sync.verification import last_check
from sync.visit import Cells, Rows, client_of, referred, text_of


class State(StrEnum):
    """What equipment is to whoever asks: at a place that he may know, on file and at no place, at a
    place that is none of his business, or not on file."""

    KNOWN = "known"
    FREE = "free"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"


class Device(msgspec.Struct, frozen=True, omit_defaults=True):
    """The equipment itself; `status` is ERPNext's word."""

    serial: str
    type: str = ""
    brand: str = ""
    model: str = ""
    mac: str = ""
    status: str = ""


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where it is."""

    client: str = ""
    street: str = ""
    town: str = ""


class Plan(msgspec.Struct, frozen=True, omit_defaults=True):
    """The subscription that it serves; speeds in Mbit/s, 0 when not known."""

    plan: str
    status: str = ""
    down_mbps: int = 0
    up_mbps: int = 0


class Check(msgspec.Struct, frozen=True):
    """The last check of its line: pass, warning, fail or unverified, at an instant (UTC ms)."""

    verdict: str
    at: int


class Visit(msgspec.Struct, frozen=True, omit_defaults=True):
    """A visit of the place, or one that had the equipment in a line."""

    key: str
    name: str
    date: str
    status: str
    client: str
    technician: str
    open: bool


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is said; `by` is what it was found by: serial, barcode, mac. `visits`: to the office."""

    state: State
    by: str = ""
    device: Device | None = None
    place: Place | None = None
    plan: Plan | None = None
    check: Check | None = None
    visits: tuple[Visit, ...] = ()


def places_of(found: Found) -> frozenset[str]:
    """The records by which equipment has a place: the visit that has it now, before what the file
    says, which is older."""
    on_file = {text_of(found.cells, name) for name in ("location", "subscription")} - {""}
    return found.bound or frozenset(on_file)


def state_of(found: Found | None, *, may_know: bool) -> State:
    """What a find is to somebody who may know of its place, or not."""
    if found is None:
        return State.UNKNOWN
    if places_of(found):
        return State.KNOWN if may_know else State.ELSEWHERE
    return State.FREE if found.equipment else State.UNKNOWN


def told(state: State, found: Found | None, rows: Rows, visits: Iterable[str]) -> Answer:
    """What is said of a find in some state: of `rows`, the cells of what may be known, and of its
    `visits`, for its place and its last check."""
    if found is None or state in (State.UNKNOWN, State.ELSEWHERE):
        return Answer(state)
    if state is State.FREE:
        return Answer(state, found.by.tier.value, _device(found))
    having = sorted(visits, key=lambda key: (key not in found.bound, key))
    jobs = [rows[key] for key in having if key in rows]
    told_of = jobs if found.bound else [found.cells, *jobs]
    place = next((each for each in told_of if referred(rows, each, "location")), {})
    line = next((each for each in told_of if referred(rows, each, "subscription")), {})
    here = [job for job in jobs if job.get("location") == place.get("location")]
    return Answer(
        state,
        found.by.tier.value,
        _device(found),
        _place(rows, place, here),
        _plan(referred(rows, line, "subscription")),
        _check(here),
    )


def visits_of(rows: Rows, keys: Iterable[str]) -> tuple[Visit, ...]:
    """Visits as the office knows them, the newest first."""
    known = [_visit(rows, key) for key in keys if key in rows]
    return tuple(sorted(known, key=lambda each: (each.date, each.key), reverse=True))


def _device(found: Found) -> Device:
    cells = found.cells
    serial = text_of(cells, "serial_number") or found.by.value
    names = ("equipment_type", "brand", "model", "mac", "status")
    return Device(serial, *(text_of(cells, name) for name in names))


def _place(rows: Rows, where: Cells, here: Iterable[Cells]) -> Place | None:
    location = referred(rows, where, "location")
    if not location:
        return None
    client = next((client_of(rows, job) for job in here), "")
    return Place(client, text_of(location, "street"), text_of(location, "town"))


def _plan(cells: Cells) -> Plan | None:
    if not cells:
        return None
    down, up = (_whole(cells.get(name)) for name in ("down_mbps", "up_mbps"))
    return Plan(text_of(cells, "plan"), text_of(cells, "status"), down, up)


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _check(jobs: Iterable[Cells]) -> Check | None:
    ended = filter(None, (last_check(job) for job in jobs))
    found = [Check(str(each.get("verdict", "")), int(each.get("at") or 0)) for each in ended]
    return max(found, key=lambda each: each.at, default=None)


def _visit(rows: Rows, key: str) -> Visit:
    job = rows[key]
    status = parse_status(job.get("status")) or JobStatus.TODO
    is_open = status not in FINISHED and status is not JobStatus.CANCELLED
    name = text_of(referred(rows, job, "technician"), "full_name")
    day, client = text_of(job, "date"), client_of(rows, job)
    return Visit(key, text_of(job, "name"), day, status.value, client, name, is_open)
