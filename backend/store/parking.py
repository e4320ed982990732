"""Parks lanes for a human: one at a time, or a whole doctype that we may not touch."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from backend.store.outbox import open_entries
from backend.store.receipts import Recorded, write_receipts
from backend.store.tables import lane, record
from sync.collections import collection_of
from sync.lane import LEDGER, PERMISSION, LaneState
from sync.protocol import Fate

# The ledger's refusal concerns every document.
_FORBIDDEN: Final = (PERMISSION, f"{LEDGER}{PERMISSION}")
# Built once: every push asks them.
_PARKED_FOR: Final = (
    select(record.c.collection, lane.c.error)
    .join(record, record.c.key == lane.c.key)
    .where(lane.c.state == LaneState.PARKED.value, lane.c.error.in_(_FORBIDDEN))
    .distinct()
)
_STUCK: Final = select(lane.c.key, lane.c.error).where(
    lane.c.key.in_(bindparam("keys", expanding=True)), lane.c.state == LaneState.PARKED.value
)


def park_doctype(conn: Connection, key: str, error: str, now_ms: int) -> Recorded:
    """Park every lane whose document is refused as `key`'s was: nothing is asked in vain."""
    concerned = _not_parked(conn, None if error.startswith(LEDGER) else {collection_of(key)})
    return _park(conn, concerned, error, now_ms)


def park_forbidden(conn: Connection, keys: Collection[str], now_ms: int) -> Recorded:
    """Park those of some lanes that are new in a doctype which is parked."""
    errors = _forbidden(conn)
    every = errors.get("")
    poked: frozenset[str] = frozenset()
    for key in _not_parked(conn, {collection_of(key) for key in keys}) if errors else ():
        error = every or errors.get(collection_of(key))
        if key in keys and error:
            poked |= _park(conn, [key], error, now_ms).poked
    return Recorded(poked)


def tell_parked(
    conn: Connection, mutations: Collection[str], keys: Collection[str], now_ms: int
) -> None:
    """On a parked lane nothing moves until a human looks: whoever adds to it is told so."""
    for row in conn.execute(_STUCK, {"keys": [*keys]}).all():
        added = [each for each in open_entries(conn, row.key) if each.mutation in mutations]
        write_receipts(conn, [(each, Fate.REFUSED, row.error) for each in added], now_ms)


def _forbidden(conn: Connection) -> dict[str, str]:
    """By collection why it is parked; "" stands for all of them."""
    return {
        "" if row.error.startswith(LEDGER) else row.collection: row.error
        for row in conn.execute(_PARKED_FOR)
    }


def _not_parked(conn: Connection, collections: Collection[str] | None) -> list[str]:
    query = (
        select(lane.c.key)
        .join(record, record.c.key == lane.c.key)
        .where(lane.c.state != LaneState.PARKED.value)
    )
    if collections is not None:
        query = query.where(record.c.collection.in_(collections))
    return list(conn.execute(query.order_by(lane.c.key)).scalars())


def _park(conn: Connection, keys: Collection[str], error: str, now_ms: int) -> Recorded:
    parked = {"state": LaneState.PARKED.value, "due_at": now_ms, "error": error}
    poked: frozenset[str] = frozenset()
    for key in keys:
        conn.execute(update(lane).where(lane.c.key == key).values(parked))
        told = [(each, Fate.REFUSED, error) for each in open_entries(conn, key)]
        poked |= write_receipts(conn, told, now_ms).poked
    return Recorded(poked)
