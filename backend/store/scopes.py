"""Keeps who holds what: reasons per job, and the history of entering and leaving."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, select, update

from backend.store import feed
from backend.store.pairs import is_pair
from backend.store.tables import cell, membership, record, scope_reason
from sync.scope import SCOPE_FIELDS, holdings, window

Pair = tuple[str, str]
_CHUNK: Final = 500
# Built once: every push asks it.
_HOLDERS: Final = (
    select(membership.c.technician)
    .where(membership.c.key.in_(bindparam("keys", expanding=True)), membership.c.left_at.is_(None))
    .distinct()
)
_REASON: Final[dict[str, BindParameter[Any]]] = {
    name: bindparam(f"{name}_") for name in ("job", "technician", "key")
}
_ADD_REASON: Final = insert(scope_reason).values(_REASON)
_DROP_REASON: Final = delete(scope_reason).where(
    *(scope_reason.c[name] == value for name, value in _REASON.items())
)


class Moved(NamedTuple):
    """Which technicians' scopes moved, to be poked."""

    poked: frozenset[str]


def rescope(
    conn: Connection, jobs: Iterable[str], today: date, sequence: int, *, outage: bool = False
) -> frozenset[str]:
    """Recompute who holds the jobs and what they refer to; `sequence` is when it changed.

    Gives the technicians whose scope moved. Shared locations and contacts are counted by reason:
    one leaves only with the last visit that needs it.
    """
    wanted = sorted(set(jobs))
    if not wanted:
        return frozenset()
    fields, days = _scope_fields(conn, wanted), window(today, outage=outage)
    now = {(job, *pair) for job in wanted for pair in holdings(job, fields.get(job, {}), days)}
    before = _reasons(conn, wanted)
    if now == before:
        return frozenset()
    touched = {(row[1], row[2]) for row in now ^ before}
    held = _held(conn, touched)
    _replace_reasons(conn, before - now, now - before)
    still = _held(conn, touched)
    _enter(conn, still - held, sequence)
    _leave(conn, held - still, sequence)
    return frozenset(technician for technician, _ in still ^ held)


def move_window(conn: Connection, today: date, now_ms: int, *, outage: bool = False) -> Moved:
    """Let every job enter or leave the window of a new day; `now_ms` is UTC ms."""
    # The counter first, as everywhere: what is read below, no other writer can change any more.
    sequence = feed.next_sequence(conn, f"window {today.isoformat()}", now_ms)
    days = window(today, outage=outage)
    inside = select(cell.c.key).where(
        cell.c.path == "date",
        cell.c.value >= msgspec.json.encode(days[0].isoformat()).decode(),
        cell.c.value <= msgspec.json.encode(days[1].isoformat()).decode(),
    )
    jobs = {*conn.execute(inside).scalars(), *conn.execute(select(scope_reason.c.job)).scalars()}
    poked: frozenset[str] = frozenset()
    for start in range(0, len(jobs), _CHUNK):  # below every database's limit of parameters
        chunk = sorted(jobs)[start : start + _CHUNK]
        poked |= rescope(conn, chunk, today, sequence, outage=outage)
    return Moved(poked)


def holders(conn: Connection, keys: Iterable[str]) -> frozenset[str]:
    """The technicians who hold any of the records now."""
    return frozenset(conn.scalars(_HOLDERS, {"keys": sorted(set(keys))}))


def _scope_fields(conn: Connection, jobs: list[str]) -> Mapping[str, dict[str, Any]]:
    query = (
        select(cell.c.key, cell.c.path, cell.c.value)
        .join(record, record.c.key == cell.c.key)
        .where(
            cell.c.key.in_(jobs),
            cell.c.path.in_(sorted(SCOPE_FIELDS)),
            record.c.deleted.is_(None),
        )
    )
    fields: dict[str, dict[str, Any]] = {}
    for row in conn.execute(query):
        fields.setdefault(row.key, {})[row.path] = msgspec.json.decode(row.value)
    return fields


def _reasons(conn: Connection, jobs: list[str]) -> set[tuple[str, str, str]]:
    query = select(scope_reason.c.job, scope_reason.c.technician, scope_reason.c.key)
    return {tuple(row) for row in conn.execute(query.where(scope_reason.c.job.in_(jobs)))}


def _replace_reasons(
    conn: Connection, gone: set[tuple[str, str, str]], new: set[tuple[str, str, str]]
) -> None:
    for statement, reasons in ((_DROP_REASON, gone), (_ADD_REASON, new)):
        rows = [{"job_": j, "technician_": t, "key_": k} for j, t, k in sorted(reasons)]
        if rows:
            conn.execute(statement, rows)


def _held(conn: Connection, pairs: set[Pair]) -> set[Pair]:
    technician, key = scope_reason.c.technician, scope_reason.c.key
    query = select(technician, key).where(is_pair(technician, key, pairs)).distinct()
    return {(row.technician, row.key) for row in conn.execute(query)}


def _enter(conn: Connection, pairs: set[Pair], sequence: int) -> None:
    rows = [{"technician": t, "key": k, "entered_at": sequence} for t, k in sorted(pairs)]
    if rows:
        conn.execute(insert(membership), rows)


def _leave(conn: Connection, pairs: set[Pair], sequence: int) -> None:
    these = is_pair(membership.c.technician, membership.c.key, pairs)
    stay = update(membership).where(these, membership.c.left_at.is_(None))
    if pairs:
        conn.execute(stay.values(left_at=sequence))
