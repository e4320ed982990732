"""Loads what a batch of mutations touches into one State: a fixed number of queries, no loops."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import BindParameter, Connection, Select, bindparam, select

from backend.store.feed import Head
from backend.store.tables import (
    binding,
    cell,
    conflict,
    membership,
    mutation,
    outbox,
    record,
    replica,
)
from sync.bindings import serials_of
from sync.protocol import Conflict, Kind, Mutation, Outcome, VerdictDetail
from sync.state import Binding, Cell, Contested, Record, State, Stay, StoredVerdict

# Statements are built once: making one costs more than the database takes to answer it.
_WANTED: Final[BindParameter[Any]] = bindparam("wanted", expanding=True)
_RECORDS: Final = select(record.c.key, record.c.upstream_name, record.c.deleted).where(
    record.c.key.in_(_WANTED)
)
_CELLS: Final = select(cell).where(cell.c.key.in_(_WANTED))
_STAYS: Final = select(membership).where(membership.c.key.in_(_WANTED))
_STORED: Final = select(
    mutation.c.id, mutation.c.payload_hash, mutation.c.outcome, mutation.c.detail
).where(mutation.c.id.in_(_WANTED))
_REPLICAS: Final = select(replica).where(replica.c.device.in_(_WANTED))
_BINDINGS: Final = select(binding).where(binding.c.serial.in_(_WANTED))
_PENDING: Final = select(outbox.c.lane, outbox.c.paths).where(
    outbox.c.lane.in_(_WANTED), outbox.c.fate.is_(None)
)
_CONFLICTS: Final = select(conflict.c.body).where(
    conflict.c.key.in_(_WANTED), conflict.c.closed_at.is_(None)
)
_CONTESTED: Final = select(conflict.c.body).where(conflict.c.id.in_(_WANTED))
_LOST: Final = select(mutation.c.id, mutation.c.payload).where(
    mutation.c.id.in_(_WANTED), mutation.c.kind != Kind.UPSTREAM
)


class Touched(NamedTuple):
    """The keys of everything that a batch of mutations may read."""

    records: set[str]
    ids: set[str]
    serials: set[str]
    conflicts: set[str]
    replicas: set[tuple[str, int]]


def touched(mutations: Iterable[Mutation], replicas: Iterable[tuple[str, int]] = ()) -> Touched:
    """What the mutations of a batch name, and the (device, epoch) that numbered them."""
    found = Touched(set(), set(), set(), set(), set(replicas))
    for each in mutations:
        found.records.add(each.key)
        found.ids.update((each.id, *each.deps))
        found.serials.update(serials_of(each))
        if each.kind == Kind.CREATE:
            found.records.add(str(each.args.get("job", "")))
        if each.kind == Kind.RESOLVE:
            found.conflicts.add(str(each.args.get("conflict", "")))
    return found


def load_state(conn: Connection, head: Head, names: Touched) -> State:
    """The State for one batch; merge state is read only after the counter was taken."""
    return State(
        epoch=head.epoch,
        sequence=head.sequence,
        records=_records(conn, names.records),
        stays=_stays(conn, names.records),
        stored=_stored(conn, names.ids),
        replicas=_replicas(conn, names.replicas),
        bindings=_bindings(conn, names.serials),
        pending=_pending(conn, names.records),
        conflicts=_conflicts(conn, names.records),
        contested=_contested(conn, names.conflicts),
    )


def _rows(conn: Connection, query: Select[Any], wanted: Iterable[Any]) -> Sequence[Any]:
    return conn.execute(query, {"wanted": [*wanted]}).all() if wanted else ()


def _records(conn: Connection, keys: set[str]) -> dict[str, Record]:
    rows = _rows(conn, _RECORDS, keys)
    records = {row.key: Record(row.key, row.upstream_name, row.deleted is not None) for row in rows}
    for row in _rows(conn, _CELLS, keys):
        value = msgspec.json.decode(row.value)
        records[row.key].cells[row.path] = Cell(
            value, row.sequence, row.writer, row.author, row.at, row.other
        )
    return records


def _stays(conn: Connection, keys: set[str]) -> dict[tuple[str, str], tuple[Stay, ...]]:
    stays: dict[tuple[str, str], tuple[Stay, ...]] = defaultdict(tuple)
    for row in _rows(conn, _STAYS, keys):
        stays[row.technician, row.key] += (Stay(row.entered_at, row.left_at),)
    return dict(stays)


def _stored(conn: Connection, ids: set[str]) -> dict[str, StoredVerdict]:
    return {
        row.id: StoredVerdict(
            row.payload_hash,
            Outcome(row.outcome),
            msgspec.json.decode(row.detail, type=VerdictDetail),
        )
        for row in _rows(conn, _STORED, ids)
    }


def _replicas(conn: Connection, names: set[tuple[str, int]]) -> dict[tuple[str, int], int]:
    rows = _rows(conn, _REPLICAS, {device for device, _ in names})
    last = {(row.device, row.epoch): row.last_seq for row in rows}
    return {name: last[name] for name in names & last.keys()}


def _bindings(conn: Connection, serials: set[str]) -> dict[str, Binding]:
    rows = _rows(conn, _BINDINGS, serials)
    return {row.serial: Binding(row.key, row.mutation) for row in rows}


def _pending(conn: Connection, keys: set[str]) -> dict[str, frozenset[str]]:
    paths: dict[str, frozenset[str]] = defaultdict(frozenset)
    for row in _rows(conn, _PENDING, keys):
        paths[row.lane] |= frozenset(msgspec.json.decode(row.paths))
    return dict(paths)


def _conflicts(conn: Connection, keys: set[str]) -> dict[tuple[str, str], Conflict]:
    return {(each.key, each.path): each for each in _bodies(conn, _CONFLICTS, keys)}


def _contested(conn: Connection, ids: set[str]) -> dict[str, Contested]:
    found = _bodies(conn, _CONTESTED, ids)
    lost = {each.mutation for each in found}
    payloads = {row.id: row.payload for row in _rows(conn, _LOST, lost)}
    made = {name: msgspec.json.decode(raw, type=Mutation) for name, raw in payloads.items()}
    return {each.id: Contested(each, made.get(each.mutation)) for each in found}


def _bodies(conn: Connection, query: Select[Any], wanted: Iterable[Any]) -> list[Conflict]:
    rows = _rows(conn, query, wanted)
    return [msgspec.json.decode(row.body, type=Conflict) for row in rows]
