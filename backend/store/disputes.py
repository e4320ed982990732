"""The conflicts that wait for the office, with the documents they are about."""

from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, select

from backend.store.tables import conflict, record
from sync.collections import collection_of
from sync.protocol import Conflict

MOST: Final = 200


class Dispute(NamedTuple):
    """An open conflict that a human must decide; `name` is the document's in its upstream."""

    conflict: Conflict
    collection: str
    name: str


def open_disputes(conn: Connection) -> list[Dispute]:
    """The oldest MOST of those whose document has a name."""
    query = (
        select(conflict.c.body, record.c.upstream_name)
        .join(record, record.c.key == conflict.c.key)
        .where(
            conflict.c.closed_at.is_(None),
            conflict.c.soft == 0,
            record.c.upstream_name.is_not(None),
        )
        .order_by(conflict.c.sequence, conflict.c.id)
        .limit(MOST)
    )
    rows = [
        (msgspec.json.decode(row.body, type=Conflict), str(row.upstream_name))
        for row in conn.execute(query)
    ]
    return [Dispute(clash, collection_of(clash.key), name) for clash, name in rows]
