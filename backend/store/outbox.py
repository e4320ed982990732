"""Reads what a lane of the outbox has to tell ERPNext, and whom that concerns."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    exists,
    or_,
    select,
)

from backend.store.tables import cell, change, conflict, mutation, outbox, record, shadow
from sync.job_status import JobStatus
from sync.lane import Lane
from sync.protocol import Conflict, Fate, Kind, Mutation, Outcome, VerdictDetail
from sync.state import ActorKind

COMPLETED: Final = f'"{JobStatus.COMPLETED.value}"'  # as a cell's value

# Statements are built once: making one costs more than the database takes to answer it.
_KEY: Final[BindParameter[Any]] = bindparam("key")
_NAME: Final = select(record.c.upstream_name).where(record.c.key == _KEY)
_SEEN: Final = select(shadow.c.modified).where(shadow.c.key == _KEY)
ENTRIES: Final = (
    select(
        outbox.c.id,
        outbox.c.paths,
        outbox.c.drains_last,
        mutation.c.id.label("mutation"),
        mutation.c.kind,
        mutation.c.device,
        mutation.c.made_at,
        mutation.c.received_at,
        mutation.c.payload,
        mutation.c.actor_kind,
        mutation.c.actor,
        mutation.c.detail,
    )
    .join(mutation, mutation.c.id == outbox.c.mutation)
    .order_by(outbox.c.id)
)
_OPEN_ENTRIES: Final = ENTRIES.where(outbox.c.lane == _KEY, outbox.c.fate.is_(None))
_ENTRIES_OF: Final = ENTRIES.where(mutation.c.id.in_(bindparam("ids", expanding=True)))
_DECIDED: Final = select(conflict.c.body).where(conflict.c.id.in_(bindparam("ids", expanding=True)))
_LOST: Final = select(conflict.c.id, conflict.c.path).where(
    conflict.c.key == _KEY, conflict.c.closed_at.is_(None), conflict.c.soft == 0
)
_NAMES: Final = select(record.c.key, record.c.upstream_name).where(
    record.c.key.in_(bindparam("keys", expanding=True)), record.c.upstream_name.is_not(None)
)
_IS_RELEASED: Final = exists().where(outbox.c.mutation == change.c.mutation)
_UNHELD: Final = (
    select(change.c.path, change.c.value)
    .join(mutation, mutation.c.id == change.c.mutation)
    .where(
        change.c.key == _KEY,
        change.c.mutation.not_in(bindparam("later", expanding=True)),
        or_(mutation.c.outcome != Outcome.HELD.value, _IS_RELEASED),
    )
    .order_by(change.c.sequence, change.c.path)
)

_UNDERWAY: Final = (
    select(change.c.key, change.c.path, change.c.value)
    .join(outbox, outbox.c.mutation == change.c.mutation)
    .where(change.c.key.in_(bindparam("keys", expanding=True)), outbox.c.fate.is_(None))
    .order_by(change.c.sequence)
)


class Entry(NamedTuple):
    """One mutation that ERPNext must hear; `technician` is "" when nobody's phone waits for it,
    `conflict` the conflict that its verdict told of, if any. `office`: a dispatcher made it.
    `last`: it bills, and waits for everything else. `received_at`: UTC ms."""

    id: int
    mutation: str
    paths: tuple[str, ...]
    kind: str
    device: str
    made_at: int
    payload: bytes
    technician: str
    conflict: str
    office: bool = False
    last: bool = False
    received_at: int = 0


class Claimed(NamedTuple):
    """A lane as claimed. `cells` are the record's values without what is still held back,
    `names` the upstream names of the records they refer to, by key; `modified` is the version of
    its document that they already take account of, `claim` the claim's own name, `standing` how
    far the record is on file once its entries are."""

    key: str
    lane: Lane
    upstream_name: str | None
    modified: str
    entries: tuple[Entry, ...]
    cells: dict[str, Any]
    poked: frozenset[str] = frozenset()
    names: Mapping[str, str] = {}
    claim: str = ""
    standing: Fate = Fate.FILED

    @property
    def makes_document(self) -> bool:
        """Whether the record comes from the field, and ERPNext is to make its document."""
        return self.upstream_name is None and any(e.kind == Kind.CREATE for e in self.entries)


def load(conn: Connection, key: str, present: Lane, poked: frozenset[str] = frozenset()) -> Claimed:
    """What a lane has to deliver now, read in one transaction; `poked` are the technicians whose
    records that transaction changed before.

    What drains last goes once nothing else of the lane is left, and does not bill while a human
    must still choose between two values of the record.
    """
    name = conn.scalar(_NAME, {"key": key})
    seen = conn.scalar(_SEEN, {"key": key}) or ""
    going, cells = _said(conn, key)
    names, standing = _names(conn, cells), _standing(conn, key, going)
    return Claimed(key, present, name, seen, going, cells, poked, names=names, standing=standing)


def underway(conn: Connection, keys: Iterable[str]) -> dict[tuple[str, str], list[Any]]:
    """By (key, path), every value that open entries of these records gave a cell, oldest first: a
    worker that died before it recorded a write leaves the document at any one of them."""
    found: dict[tuple[str, str], list[Any]] = {}
    for row in conn.execute(_UNDERWAY, {"keys": [*keys]}):
        found.setdefault((row.key, row.path), []).append(msgspec.json.decode(row.value))
    return found


def _said(conn: Connection, key: str) -> tuple[tuple[Entry, ...], dict[str, Any]]:
    """What of a lane goes now, and the cells of its record without what does not."""
    waiting = open_entries(conn, key)
    going = _going(conn, key, waiting)
    later = {each.mutation for each in waiting} - {each.mutation for each in going}
    return going, _unheld_cells(conn, key, later)


def _going(conn: Connection, key: str, waiting: tuple[Entry, ...]) -> tuple[Entry, ...]:
    first = tuple(each for each in waiting if not each.last)
    if len(first) == len(waiting):
        return waiting
    withheld = first or conn.execute(select(bills_in_dispute(key))).scalar_one()
    return first if withheld else waiting


def _standing(conn: Connection, key: str, going: tuple[Entry, ...]) -> Fate:
    held = exists().where(cell.c.key == key, cell.c.path == "held", cell.c.value != "null")
    going_ids = [each.id for each in going]
    later = exists().where(
        outbox.c.lane == key, outbox.c.fate.is_(None), outbox.c.id.not_in(going_ids)
    )
    is_disputed, is_later = conn.execute(select(_in_dispute(key), or_(held, later))).one()
    if is_disputed:
        return Fate.CONFLICT
    return Fate.HELD if is_later else Fate.FILED


def bills_in_dispute(key: ColumnElement[str] | str) -> ColumnElement[bool]:
    """Whether a record stands as completed while a human must still choose between two values."""
    stands = exists().where(cell.c.key == key, cell.c.path == "status", cell.c.value == COMPLETED)
    return and_(_in_dispute(key), stands)


def _in_dispute(key: ColumnElement[str] | str) -> ColumnElement[bool]:
    return exists().where(
        conflict.c.key == key, conflict.c.closed_at.is_(None), conflict.c.soft == 0
    )


def open_entries(conn: Connection, key: str) -> tuple[Entry, ...]:
    """What a lane has to deliver, in the order in which it was accepted."""
    return entries_from(conn.execute(_OPEN_ENTRIES, {"key": key}))


def settled(conn: Connection, entries: Sequence[Entry]) -> list[tuple[Entry, Fate, str]]:
    """What these entries decided about: the mutations whose conflict is over are filed, each with
    the choice; those whose conflict is open again have lost as before, each with its id."""
    choices = {
        _conflict_of(each): _choice_of(each) for each in entries if each.kind == Kind.RESOLVE
    }
    bodies = conn.scalars(_DECIDED, {"ids": [*choices]}) if choices else ()
    decided = [msgspec.json.decode(body, type=Conflict) for body in bodies]
    news = {
        each.mutation: _news(each)
        for each in decided
        if each.closed_at or choices[each.id] == "undo"
    }
    lost = entries_from(conn.execute(_ENTRIES_OF, {"ids": [*news]})) if news else ()
    return [(each, *news[each.mutation]) for each in lost]


def _news(decided: Conflict) -> tuple[Fate, str]:
    return (Fate.FILED, decided.choice) if decided.closed_at else (Fate.CONFLICT, decided.id)


def lost_conflicts(conn: Connection, key: str, entries: Sequence[Entry]) -> dict[int, str]:
    """Outbox id -> open conflict: the one that the entry's verdict told of, or one over a cell
    that it was the last to write."""
    paths = {row.id: row.path for row in conn.execute(_LOST, {"key": key})}
    last = {path: each.id for each in entries for path in each.paths}
    told = {each.id: each.conflict for each in entries if each.conflict in paths}
    return {last[path]: known for known, path in paths.items() if path in last} | told


def entries_from(rows: Iterable[Any]) -> tuple[Entry, ...]:
    """The rows of a statement that begins with ENTRIES."""
    return tuple(
        Entry(
            row.id,
            row.mutation,
            tuple(msgspec.json.decode(row.paths)),
            row.kind,
            row.device,
            row.made_at,
            row.payload,
            row.actor if row.actor_kind == ActorKind.TECHNICIAN else "",
            msgspec.json.decode(row.detail, type=VerdictDetail).conflict,
            row.actor_kind == ActorKind.OFFICE,
            bool(row.drains_last),
            row.received_at,
        )
        for row in rows
    )


def _names(conn: Connection, cells: Mapping[str, Any]) -> dict[str, str]:
    """The upstream names of the records that cells refer to."""
    keys = {value for value in cells.values() if isinstance(value, str) and "/" in value}
    rows = conn.execute(_NAMES, {"keys": [*keys]}) if keys else ()
    return {row.key: row.upstream_name for row in rows}


def _unheld_cells(conn: Connection, key: str, later: set[str]) -> dict[str, Any]:
    """The latest value of every cell that was not written by a mutation still held back, or one
    that goes `later`, in the order in which the cells first came.

    The cell itself may already show a completion that waits for its evidence; an earlier step of
    the same visit must not carry it into ERPNext, where it bills.
    """
    rows = conn.execute(_UNHELD, {"key": key, "later": [*later]})
    return {row.path: msgspec.json.decode(row.value) for row in rows}


def _conflict_of(entry: Entry) -> str:
    return str(_args(entry).get("conflict", ""))


def _choice_of(entry: Entry) -> str:
    return str(_args(entry).get("choice", ""))


def _args(entry: Entry) -> dict[str, Any]:
    return msgspec.json.decode(entry.payload, type=Mutation).args
