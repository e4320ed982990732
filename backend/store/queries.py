"""Small reads that more than one room needs."""

import msgspec
from sqlalchemy import Connection, or_, select

from backend.store.tables import cell, record


def technician_key(conn: Connection, name: str) -> str | None:
    """The record key of the technician with that ERPNext name, e-mail or full name.

    None when nobody has it, or several.
    """
    text = msgspec.json.encode(name).decode()
    named = select(cell.c.key).where(cell.c.path.in_(("email", "full_name")), cell.c.value == text)
    query = select(record.c.key).where(
        record.c.collection == "technician",
        or_(record.c.upstream_name == name, record.c.key.in_(named)),
    )
    keys = conn.execute(query).scalars().all()
    return keys[0] if len(keys) == 1 else None
