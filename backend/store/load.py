"""Loads what a batch of mutations touches into one State: a fixed number of queries, no loops."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Select, select, tuple_

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
from sync.state import Binding, Cell, Contested, Record, ReplicaState, State, Stay, StoredVerdict


class Touched(NamedTuple):
    """The keys of everything that a batch of mutations may read."""

    records: set[str]
    ids: set[str]
    serials: set[str]
    conflicts: set[str]
    replicas: set[tuple[str, int]]
    seqs: set[tuple[str, int, int]]


def touched(
    mutations: Iterable[Mutation], replicas: Iterable[tuple[str, int]], seqs: set[Any]
) -> Touched:
    """What the mutations of a batch name."""
    found = Touched(set(), set(), set(), set(), set(replicas), seqs)
    for each in mutations:
        found.records.add(each.key)
        found.ids.update((each.id, *each.deps))
        found.serials.update(serials_of(each))
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
        replicas=_replicas(conn, names.replicas, names.seqs),
        bindings=_bindings(conn, names.serials),
        pending=_pending(conn, names.records),
        conflicts=_conflicts(conn, names.records),
        contested=_contested(conn, names.conflicts),
    )


def _rows(conn: Connection, query: Select[Any], wanted: Iterable[Any]) -> Sequence[Any]:
    return conn.execute(query).all() if wanted else ()


def _records(conn: Connection, keys: set[str]) -> dict[str, Record]:
    query = select(record.c.key, record.c.upstream_name, record.c.deleted)
    rows = _rows(conn, query.where(record.c.key.in_(keys)), keys)
    records = {row.key: Record(row.key, row.upstream_name, row.deleted is not None) for row in rows}
    for row in _rows(conn, select(cell).where(cell.c.key.in_(keys)), keys):
        value = msgspec.json.decode(row.value)
        records[row.key].cells[row.path] = Cell(
            value, row.sequence, row.writer, row.author, row.at, row.other
        )
    return records


def _stays(conn: Connection, keys: set[str]) -> dict[tuple[str, str], tuple[Stay, ...]]:
    query = select(membership).where(membership.c.key.in_(keys))
    stays: dict[tuple[str, str], tuple[Stay, ...]] = defaultdict(tuple)
    for row in _rows(conn, query, keys):
        stays[row.technician, row.key] += (Stay(row.entered_at, row.left_at),)
    return dict(stays)


def _stored(conn: Connection, ids: set[str]) -> dict[str, StoredVerdict]:
    query = select(
        mutation.c.id, mutation.c.payload_hash, mutation.c.outcome, mutation.c.detail
    ).where(mutation.c.id.in_(ids))
    return {
        row.id: StoredVerdict(
            row.payload_hash,
            Outcome(row.outcome),
            msgspec.json.decode(row.detail, type=VerdictDetail),
        )
        for row in _rows(conn, query, ids)
    }


def _replicas(
    conn: Connection, names: set[tuple[str, int]], seqs: set[tuple[str, int, int]]
) -> dict[tuple[str, int], ReplicaState]:
    key = tuple_(replica.c.device, replica.c.epoch)
    rows = _rows(conn, select(replica).where(key.in_(names)), names)
    states = {(row.device, row.epoch): ReplicaState(row.last_seq) for row in rows}
    place = tuple_(mutation.c.device, mutation.c.epoch, mutation.c.seq)
    query = select(mutation.c.device, mutation.c.epoch, mutation.c.seq, mutation.c.id)
    for row in _rows(conn, query.where(place.in_(seqs)), seqs):
        states[row.device, row.epoch].ids[row.seq] = row.id
    return states


def _bindings(conn: Connection, serials: set[str]) -> dict[str, Binding]:
    query = select(binding).where(binding.c.serial.in_(serials))
    return {row.serial: Binding(row.key, row.mutation) for row in _rows(conn, query, serials)}


def _pending(conn: Connection, keys: set[str]) -> dict[str, frozenset[str]]:
    query = select(outbox.c.lane, outbox.c.paths).where(
        outbox.c.lane.in_(keys), outbox.c.fate.is_(None)
    )
    paths: dict[str, frozenset[str]] = defaultdict(frozenset)
    for row in _rows(conn, query, keys):
        paths[row.lane] |= frozenset(msgspec.json.decode(row.paths))
    return dict(paths)


def _conflicts(conn: Connection, keys: set[str]) -> dict[tuple[str, str], Conflict]:
    query = select(conflict.c.body).where(conflict.c.key.in_(keys), conflict.c.closed_at.is_(None))
    return {(each.key, each.path): each for each in _bodies(conn, query, keys)}


def _contested(conn: Connection, ids: set[str]) -> dict[str, Contested]:
    found = _bodies(conn, select(conflict.c.body).where(conflict.c.id.in_(ids)), ids)
    lost = {each.mutation for each in found}
    query = select(mutation.c.id, mutation.c.payload).where(
        mutation.c.id.in_(lost), mutation.c.kind != Kind.UPSTREAM
    )
    payloads = {row.id: row.payload for row in _rows(conn, query, lost)}
    made = {name: msgspec.json.decode(raw, type=Mutation) for name, raw in payloads.items()}
    return {each.id: Contested(each, made.get(each.mutation)) for each in found}


def _bodies(conn: Connection, query: Select[Any], wanted: Iterable[Any]) -> list[Conflict]:
    rows = _rows(conn, query, wanted)
    return [msgspec.json.decode(row.body, type=Conflict) for row in rows]
