"""Reads the checks of lines that were asked for, with what came of each."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from backend.store.tables import cell, mutation
from sync.protocol import Kind
from sync.verification import PREFIX

Rows = Sequence[Any]


def read_checks(conn: Connection, since: int, most: int) -> Rows:
    """The newest checks received after `since` (UTC ms), the newest first: id, key, received_at,
    value (the check's cell, JSON)."""
    place = (cell.c.key == mutation.c.key) & (cell.c.path == PREFIX + mutation.c.id)
    query = (
        select(mutation.c.id, mutation.c.key, mutation.c.received_at, cell.c.value)
        .join(cell, place)
        .where(mutation.c.kind == Kind.VERIFY.value, mutation.c.received_at > since)
        .order_by(mutation.c.received_at.desc(), mutation.c.id.desc())
        .limit(most)
    )
    return conn.execute(query).all()
