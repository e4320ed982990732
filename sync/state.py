"""What a decision may look at: the rows a batch touches, as plain values and one overlay.

The store loads a State at the start of a transaction; `sync.push` reads it, decides, and absorbs
each decision so that the next mutation of the batch sees it. Nothing here does I/O.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec

from sync.protocol import Conflict, Mutation, Outcome, VerdictDetail


class ActorKind(StrEnum):
    """Who a mutation comes from."""

    TECHNICIAN = "technician"
    OFFICE = "office"
    ERP = "erp"
    VISION = "vision"
    SYSTEM = "system"


# How the writers of the office begin: a person of it at the board, and ERPNext.
OFFICE_WRITERS: Final = ("office:", "erp")


class Actor(msgspec.Struct, frozen=True):
    """The author of mutations: `id` is a technician's record key or a staff address, `writer`
    names the replica ("device:epoch") or the system that writes.
    """

    kind: ActorKind
    id: str
    name: str
    writer: str


class Cell(NamedTuple):
    """One field of one record. `sequence` is its last change, by `writer`; `other` the last
    change by anybody else (0: never), which a later write of the same replica must not hide.
    """

    value: Any
    sequence: int
    writer: str
    author: str
    at: int
    other: int = 0

    @property
    def is_of_office(self) -> bool:
        """Whether the office wrote it, here or in ERPNext, and no phone (`Actor.writer`)."""
        return self.writer.startswith(OFFICE_WRITERS)

    def foreign_to(self, writer: str) -> int:
        """The last sequence at which somebody other than `writer` wrote this cell."""
        return self.other if self.writer == writer else self.sequence


class Stay(NamedTuple):
    """A technician held a record from sequence `entered` until `left` (None: still)."""

    entered: int
    left: int | None


class StoredVerdict(NamedTuple):
    """The answer once given to a mutation, with the hash of the payload it was given for."""

    payload_hash: str
    outcome: Outcome
    detail: VerdictDetail


class Binding(NamedTuple):
    """The job that owns a serial, and the mutation that bound it."""

    key: str
    mutation: str


class Contested(NamedTuple):
    """A conflict, and the mutation that lost it (None: it was no phone's)."""

    conflict: Conflict
    mutation: Mutation | None


@dataclass
class Record:
    """A record's cells as the transaction sees them."""

    key: str
    upstream_name: str | None = None
    deleted: bool = False
    cells: dict[str, Cell] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        """Path -> value, absent cells left out."""
        return {path: cell.value for path, cell in self.cells.items() if cell.value is not None}


@dataclass
class State:
    """Everything loaded for one transaction, and the overlay of what it decided so far.

    `replicas` are the last seq that each (device, epoch) gave, `conflicts` the open ones by
    (record, path), `contested` those that a `resolve` names.
    """

    epoch: str
    sequence: int
    records: dict[str, Record] = field(default_factory=dict)
    stays: dict[tuple[str, str], tuple[Stay, ...]] = field(default_factory=dict)
    stored: dict[str, StoredVerdict] = field(default_factory=dict)
    replicas: dict[tuple[str, int], int] = field(default_factory=dict)
    bindings: dict[str, Binding] = field(default_factory=dict)
    pending: dict[str, frozenset[str]] = field(default_factory=dict)
    conflicts: dict[tuple[str, str], Conflict] = field(default_factory=dict)
    contested: dict[str, Contested] = field(default_factory=dict)

    def cells(self, key: str) -> Mapping[str, Cell]:
        """The cells of a record, empty when it does not exist."""
        record = self.records.get(key)
        return record.cells if record else {}

    def holds(self, technician: str, key: str) -> bool:
        """Whether the technician holds the record now."""
        return any(stay.left is None for stay in self.stays.get((technician, key), ()))

    def held(self, technician: str, key: str, at: int) -> bool:
        """Whether the technician held the record at a past sequence."""
        return any(
            stay.entered <= at and (stay.left is None or at < stay.left)
            for stay in self.stays.get((technician, key), ())
        )
