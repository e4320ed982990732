"""ERPNext's documents as last seen, how far each doctype was read, and whether ERPNext answers."""

from collections.abc import Collection, Iterable
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, select, update

from backend.store.pairs import is_pair
from backend.store.tables import record, shadow, upstream_cursor, upstream_state
from backend.store.upsert import upsert
from sync.collections import collection_of

ERPNEXT: Final = "erpnext"  # the name of its row in upstream_state
_CHUNK: Final = 200


class Shadow(NamedTuple):
    """A document as last seen; `modified` is ERPNext's own text, compared but never parsed."""

    key: str
    doctype: str
    name: str
    modified: str
    document: dict[str, Any]


class UpstreamState(NamedTuple):
    """Whether an upstream answers: `down_since` None means yes (UTC ms)."""

    down_since: int | None
    error: str
    checked_at: int


def load_shadows(conn: Connection, doctype: str, names: Collection[str]) -> dict[str, Shadow]:
    """The shadows of documents of one doctype, by document name."""
    query = select(shadow).where(shadow.c.doctype == doctype, shadow.c.name.in_(sorted(names)))
    return {
        row.name: Shadow(
            row.key, row.doctype, row.name, row.modified, msgspec.json.decode(row.document)
        )
        for row in conn.execute(query)
    }


def stamps(conn: Connection, doctype: str, names: Collection[str]) -> dict[str, str]:
    """`modified` of the documents that have been seen, by name."""
    query = select(shadow.c.name, shadow.c.modified).where(
        shadow.c.doctype == doctype, shadow.c.name.in_(sorted(names))
    )
    return {row.name: row.modified for row in conn.execute(query)}


def living(conn: Connection, doctype: str) -> dict[str, dict[str, Any]]:
    """By name the documents of one doctype as last seen, without those known to be deleted."""
    query = (
        select(shadow.c.name, shadow.c.document)
        .join(record, record.c.key == shadow.c.key)
        .where(shadow.c.doctype == doctype, record.c.deleted.is_(None))
    )
    return {row.name: msgspec.json.decode(row.document) for row in conn.execute(query)}


def living_among(conn: Connection, doctype: str, names: Collection[str]) -> frozenset[str]:
    """Which of these documents were seen and are not known to be deleted."""
    query = (
        select(shadow.c.name)
        .join(record, record.c.key == shadow.c.key)
        .where(shadow.c.doctype == doctype, shadow.c.name.in_(sorted(names)))
    )
    return frozenset(conn.scalars(query.where(record.c.deleted.is_(None))))


def rename(conn: Connection, doctype: str, old: str, new: str) -> str:
    """A document has a new name, and is the same record: gives its key."""
    seen = shadow.c.doctype == doctype, shadow.c.name == old
    key = str(conn.execute(select(shadow.c.key).where(*seen)).scalar_one())
    conn.execute(update(shadow).where(shadow.c.key == key).values(name=new))
    conn.execute(update(record).where(record.c.key == key).values(upstream_name=new))
    return key


def unnamed(conn: Connection, collection: str) -> tuple[str, ...]:
    """The keys of the living records of a collection that have no document yet."""
    query = select(record.c.key).where(
        record.c.collection == collection,
        record.c.upstream_name.is_(None),
        record.c.deleted.is_(None),
    )
    return tuple(conn.scalars(query.order_by(record.c.key)))


def name_record(conn: Connection, key: str, name: str) -> None:
    """The document of a record that the field made has been made, too."""
    conn.execute(update(record).where(record.c.key == key).values(upstream_name=name))


def save_shadows(conn: Connection, shadows: Iterable[Shadow], now_ms: int) -> None:
    """Remember documents as they were just read."""
    rows = [
        {
            "key": each.key,
            "doctype": each.doctype,
            "name": each.name,
            "modified": each.modified,
            "document": msgspec.json.encode(each.document).decode(),
            "read_at": now_ms,
        }
        for each in shadows
    ]
    upsert(conn, shadow, rows)


def keys_of(conn: Connection, names: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The record key of each known (collection, document name)."""
    wanted, found = sorted(names), {}
    for start in range(0, len(wanted), _CHUNK):  # below every database's limit of parameters
        query = select(record.c.key, record.c.upstream_name).where(
            is_pair(record.c.collection, record.c.upstream_name, wanted[start : start + _CHUNK])
        )
        rows = conn.execute(query)
        found.update({(collection_of(row.key), row.upstream_name): row.key for row in rows})
    return found


def read_cursor(conn: Connection, doctype: str) -> str:
    """The newest `modified` that was read of a doctype, "" before the first poll."""
    query = select(upstream_cursor.c.modified).where(upstream_cursor.c.doctype == doctype)
    return conn.execute(query).scalar() or ""


def move_cursor(conn: Connection, doctype: str, modified: str, now_ms: int) -> None:
    """Remember how far a doctype was read."""
    row = {"doctype": doctype, "modified": modified, "polled_at": now_ms}
    upsert(conn, upstream_cursor, [row])


def read_state(conn: Connection, name: str) -> UpstreamState | None:
    """Whether an upstream answers, None before the first call."""
    query = select(
        upstream_state.c.down_since, upstream_state.c.error, upstream_state.c.checked_at
    ).where(upstream_state.c.name == name)
    row = conn.execute(query).first()
    return UpstreamState(*row) if row else None


def write_state(conn: Connection, name: str, state: UpstreamState) -> None:
    """Remember whether an upstream answers."""
    upsert(conn, upstream_state, [{"name": name, **state._asdict()}])
