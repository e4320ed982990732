"""Small reads that more than one room needs."""

from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, or_, select

from backend.store.tables import cell, record


class Technician(NamedTuple):
    """A technician: record key, ERPNext name, and the name people use."""

    key: str
    upstream_name: str
    full_name: str


def technician_by_name(conn: Connection, name: str) -> Technician | None:
    """The technician with that ERPNext name, e-mail or full name; None when nobody or several."""
    text = msgspec.json.encode(name).decode()
    named = select(cell.c.key).where(cell.c.path.in_(("email", "full_name")), cell.c.value == text)
    query = select(record.c.key, record.c.upstream_name).where(
        record.c.collection == "technician",
        or_(record.c.upstream_name == name, record.c.key.in_(named)),
    )
    rows = conn.execute(query).all()
    if len(rows) != 1:
        return None
    return Technician(rows[0].key, rows[0].upstream_name or "", full_name(conn, rows[0].key))


def full_name(conn: Connection, key: str) -> str:
    """The name of a technician as people use it, "" when unknown."""
    query = select(cell.c.value).where(cell.c.key == key, cell.c.path == "full_name")
    value = conn.execute(query).scalar_one_or_none()
    return str(msgspec.json.decode(value) or "") if value else ""
