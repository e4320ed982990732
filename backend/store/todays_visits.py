"""Reads the day's visits for the board: which they are, what they say, what ERPNext has of it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, or_, select

from backend.store.tables import cell, feed, mutation, outbox, record, scope_reason
from sync.protocol import Fate

_SHOWN: Final = (
    *("subject", "job_type", "window_start", "window_end", "technician", "assistants"),
    *("status", "reason", "location", "contact", "full_name", "street", "town"),
    *("olt", "pon_port", "postal_code", "required_photos", "date", "seen"),
)
_ITEMS: Final = ("equipment/", "scans/", "photos/", "requests/")

Cells = dict[str, dict[str, Any]]
Rows = Sequence[Any]


def read_visits(conn: Connection, today: date, only: Collection[str] | None) -> list[str]:
    """Today's visits (of `only` some), found through the scopes: these never hold more than the
    phones' window."""
    held = select(scope_reason.c.job).where(scope_reason.c.key == scope_reason.c.job)
    query = (
        select(cell.c.key)
        .join(record, record.c.key == cell.c.key)
        .where(
            cell.c.path == "date",
            cell.c.value == msgspec.json.encode(today.isoformat()).decode(),
            cell.c.key.in_(held),
            record.c.deleted.is_(None),
        )
    )
    if only is not None:
        query = query.where(cell.c.key.in_(sorted(only)))
    return list(conn.execute(query.order_by(cell.c.key)).scalars())


def read_cells(conn: Connection, keys: Iterable[str]) -> Cells:
    """What the board shows of some records, by key."""
    wanted = sorted(keys)
    items = (cell.c.path.startswith(each, autoescape=True) for each in _ITEMS)
    shown = or_(cell.c.path.in_(_SHOWN), *items)
    query = select(cell.c.key, cell.c.path, cell.c.value).where(cell.c.key.in_(wanted), shown)
    found: Cells = {}
    for row in conn.execute(query):
        found.setdefault(row.key, {})[row.path] = msgspec.json.decode(row.value)
    return found


def references(records: Iterable[dict[str, Any]]) -> set[str]:
    """The keys of the places and contacts that some visits name."""
    named = {cells.get(field) for cells in records for field in ("location", "contact")}
    return {key for key in named if isinstance(key, str)}


def read_statuses(conn: Connection, visits: Sequence[str]) -> Rows:
    """Who wrote each visit's status and when it was received; `fate` is ERPNext's word on it."""
    query = (
        select(
            cell.c.key,
            cell.c.at,
            cell.c.author,
            mutation.c.actor_kind,
            mutation.c.outcome,
            mutation.c.received_at,
            outbox.c.fate,
        )
        .join(feed, feed.c.sequence == cell.c.sequence)
        .join(mutation, mutation.c.id == feed.c.mutation)
        .outerjoin(outbox, outbox.c.mutation == mutation.c.id)
        .where(cell.c.path == "status", cell.c.key.in_(visits))
    )
    return conn.execute(query).all()


def read_unfiled(
    conn: Connection, visits: Sequence[str]
) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    """Mutations of visits that ERPNext has not taken, and by visit the cells of those that wait."""
    query = select(outbox.c.mutation, outbox.c.lane, outbox.c.paths, outbox.c.fate).where(
        outbox.c.lane.in_(visits), or_(outbox.c.fate.is_(None), outbox.c.fate != Fate.FILED.value)
    )
    rows = conn.execute(query).all()
    paths: dict[str, frozenset[str]] = {}
    for row in rows:
        if row.fate is None:
            paths[row.lane] = paths.get(row.lane, frozenset()).union(msgspec.json.decode(row.paths))
    return frozenset(row.mutation for row in rows), paths
