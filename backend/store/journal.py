"""Reads who did what: of one visit, or by technician, time, visit and serial."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, Select, func, select

from backend.store.equipment import find
from backend.store.tables import cell, mutation, outbox, receipt, record
from sync.identity import wanted
from sync.state import ActorKind

TIMELINE_LIMIT: Final = 500
_PEOPLE: Final = (ActorKind.TECHNICIAN.value, ActorKind.OFFICE.value)
_NAMED: Final = ("full_name", "street", "contact", "location", "subject")

Rows = Sequence[Any]


class Search(NamedTuple):
    """What of the journal is wanted: made on the device from `since` until before `until` (UTC ms),
    by one technician (a record key), on one visit (a record key), about one serial; "": any."""

    since: int
    until: int
    technician: str = ""
    visit: str = ""
    serial: str = ""


def read_timeline(conn: Connection, key: str) -> Rows | None:
    """What was done on a record, in the order in which it was received: at most the last
    TIMELINE_LIMIT mutations, None when there is no such record.

    Rows: id, key, kind, actor_kind, actor, device, payload, made_at, received_at, outcome, detail,
    fate, filed_at (when its phone was told that it is on file).
    """
    if conn.execute(select(record.c.key).where(record.c.key == key)).first() is None:
        return None
    newest = mutation.c.received_at.desc(), mutation.c.sequence.desc(), mutation.c.id.desc()
    query = _done().where(mutation.c.key == key).order_by(*newest).limit(TIMELINE_LIMIT)
    return conn.execute(query).all()[::-1]


def read_journal(conn: Connection, search: Search, most: int) -> Rows:
    """What people did, in the order in which they did it: at most `most` rows, as of a timeline."""
    within = mutation.c.made_at >= search.since, mutation.c.made_at < search.until
    query = _done().where(*within, mutation.c.actor_kind.in_(_PEOPLE))
    if search.technician:
        query = query.where(mutation.c.actor == search.technician)
    if search.visit:
        query = query.where(mutation.c.key == search.visit)
    if search.serial:
        query = query.where(mutation.c.key.in_(_records_with(conn, search.serial)))
    return conn.execute(query.order_by(mutation.c.made_at, mutation.c.id).limit(most)).all()


def visit_cells(conn: Connection, keys: set[str]) -> dict[str, dict[str, Any]]:
    """The cells by which people know some visits, with those of the records they name."""
    visits = _cells(conn, keys)
    named = {str(c[f]) for c in visits.values() for f in ("contact", "location") if c.get(f)}
    return visits | _cells(conn, named)


def _done() -> Select[Any]:
    told = select(func.max(receipt.c.at)).where(
        receipt.c.mutation == mutation.c.id, receipt.c.fate == outbox.c.fate
    )
    columns = (
        *(mutation.c.id, mutation.c.key, mutation.c.kind, mutation.c.actor_kind, mutation.c.actor),
        *(mutation.c.device, mutation.c.payload, mutation.c.made_at, mutation.c.received_at),
        *(mutation.c.outcome, mutation.c.detail, outbox.c.fate),
    )
    waits = outbox.c.id.is_not(None).label("for_erpnext")
    query = select(*columns, waits, told.scalar_subquery().label("filed_at"))
    return query.outerjoin(outbox, outbox.c.mutation == mutation.c.id)


def _records_with(conn: Connection, serial: str) -> list[str]:
    """The visits that reported a serial, and its record; none for what is no serial."""
    asked = () if "\0" in serial else wanted(serial)
    found = find(conn, asked) if asked else None
    return [*found.reported, found.equipment] if found else []


def _cells(conn: Connection, keys: set[str]) -> dict[str, dict[str, Any]]:
    query = select(cell.c.key, cell.c.path, cell.c.value)
    shown = query.where(cell.c.key.in_(sorted(keys)), cell.c.path.in_(_NAMED))
    found: dict[str, dict[str, Any]] = {}
    for row in conn.execute(shown) if keys else ():
        found.setdefault(row.key, {})[row.path] = msgspec.json.decode(row.value)
    return found
