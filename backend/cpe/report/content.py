"""Decides what the report of a visit says, from its records alone. Instants are UTC ms."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec

from sync.evidence import missing_evidence
from sync.job_status import JobStatus
from sync.verification import is_ended
from sync.visit import Cells, Rows, client_of, referred, text_of

Dated = TypeVar("Dated", "Check", "Fitted", "Proof")


class Line(msgspec.Struct, frozen=True):
    """One line of a check, as `verified` has it; None is not known."""

    id: str
    result: str = "unverified"
    reason: str = ""
    value: float | str | None = None
    unit: str = ""
    source: str = ""
    measured_at: int = 0
    low: float | None = None
    high: float | None = None
    required: bool = False
    remarks: tuple[str, ...] = ()


class Accepted(msgspec.Struct, frozen=True):
    """Who answers for a check that did not pass, and why."""

    by: str
    reason: str
    at: int


class Check(msgspec.Struct, frozen=True):
    """A check that has ended; one made before there was `measured_at` was made at once.

    `rx_dbm` is what the technician's own meter said, `blob` the SHA-256 (hex) of its photo.
    """

    at: int
    verdict: str = "unverified"
    measured_at: int = 0
    version: int = 0
    checks: tuple[Line, ...] = ()
    accepted: Accepted | None = None
    rx_dbm: float | None = None
    blob: str = ""

    @property
    def light(self) -> float | None:
        """What the terminal received, in dBm."""
        values = (each.value for each in self.checks if each.id == "rx_ont")
        return next((float(each) for each in values if isinstance(each, int | float)), None)


class Fitted(msgspec.Struct, frozen=True):
    """Equipment that was put in place, or taken out; `replaces` is the serial that came out."""

    serial: str
    at: int
    by: str = ""
    action: str = "install"
    type: str = ""
    source: str = ""
    replaces: str = ""


class Done(msgspec.Struct, frozen=True):
    """A step of the visit; `at` is 0 while it is not done."""

    label: str
    at: int
    by: str


class Proof(msgspec.Struct, frozen=True):
    """A photo or a signature; `blob` is the SHA-256 (hex) of its picture, "" of a typed name,
    `received_at` 0 while the picture is still on the phone."""

    at: int
    by: str = ""
    blob: str = ""
    slot: str = ""
    name: str = ""
    moment: str = ""
    received_at: int = 0


class Report(msgspec.Struct, frozen=True):
    """All of it. `missing` names the evidence that the completion is held for."""

    client: str
    street: str
    town: str
    terminal: str
    plan: str
    subject: str
    date: str
    technician: str
    document: str
    is_complete: bool
    missing: tuple[str, ...]
    started_at: int
    completed_at: int
    equipment: tuple[Fitted, ...]
    checks: tuple[Check, ...]
    steps: tuple[Done, ...]
    photos: tuple[Proof, ...]
    signatures: tuple[Proof, ...]


def report_of(job: Cells, rows: Rows) -> Report:
    """The report of a visit; `rows` are the records that it refers to, by key."""
    location = referred(rows, job, "location")
    return Report(
        client=client_of(rows, job),
        street=text_of(location, "street"),
        town=text_of(location, "town"),
        terminal=" · ".join(
            filter(None, (text_of(location, name) for name in ("olt", "pon_port")))
        ),
        plan=text_of(referred(rows, job, "subscription"), "plan"),
        subject=text_of(job, "subject"),
        date=text_of(job, "date"),
        technician=text_of(referred(rows, job, "technician"), "full_name"),
        document=text_of(job, "name"),
        is_complete=text_of(job, "status") == JobStatus.COMPLETED,
        missing=tuple(missing_evidence(job)) if job.get("held") else (),
        started_at=_instant(job.get("started_at")),
        completed_at=_instant(job.get("completed_at")),
        equipment=_items(job, "equipment", Fitted, _is_shown),
        checks=_items(job, "verifications", Check, is_ended),
        steps=tuple(_steps(job)),
        photos=_items(job, "photos", Proof),
        signatures=_items(job, "signatures", Proof),
    )


def _items(
    job: Cells, field: str, kind: type[Dated], shown: Callable[[Cells], bool] = bool
) -> tuple[Dated, ...]:
    """The items of a field in the order of their instants."""
    items = (each for path, each in job.items() if path.startswith(f"{field}/") and each)
    told = ({name: value for name, value in each.items() if value is not None} for each in items)
    return tuple(
        sorted((msgspec.convert(each, kind) for each in told if shown(each)), key=lambda it: it.at)
    )


def _is_shown(line: Cells) -> bool:
    """What was corrected stands in the line that corrects it."""
    return "superseded" not in line


def _steps(job: Cells) -> Iterator[Done]:
    for step in job.get("checklist") or ():
        checked = job.get(f"checked/{step['id']}") or {}
        label = str(step.get("label") or step["id"])
        is_done = bool(checked.get("done"))
        yield Done(label, checked["at"] if is_done else 0, checked["by"] if is_done else "")


def _instant(value: Any) -> int:
    return value if isinstance(value, int) else 0
