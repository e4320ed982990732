"""Tells a record that the bytes of a photo it names are here: by a mutation of the server's own."""

import uuid
from collections.abc import Collection
from typing import Final

from sqlalchemy import ColumnElement, Connection, select

from backend.store.tables import blob, blob_reference, mutation
from sync.blobs import SHOWING
from sync.protocol import Kind, Mutation
from sync.state import Actor, ActorKind

SERVER: Final = Actor(ActorKind.SYSTEM, "terrain", "Terrain", "terrain")
# Kinds whose item says when its bytes came.
PHOTO_KINDS: Final = frozenset({Kind.PHOTO, Kind.SCAN, Kind.SIGNATURE, Kind.VERIFY})


def received_by(conn: Connection, upload: str, now_ms: int) -> list[Mutation]:
    """What to tell once an upload is whole: one `received` for each mutation that waited for it."""
    return _received(conn, now_ms, blob.c.upload == upload)


def received_before(conn: Connection, ids: Collection[str], now_ms: int) -> list[Mutation]:
    """The same for mutations that come after their photo, as from a phone that sends again."""
    return _received(conn, now_ms, mutation.c.id.in_(sorted(ids))) if ids else []


def _received(conn: Connection, now_ms: int, which: ColumnElement[bool]) -> list[Mutation]:
    """A photo of another device proves nothing, whatever its hash."""
    query = (
        select(mutation.c.id, mutation.c.key, mutation.c.sequence)
        .join(blob_reference, blob_reference.c.mutation == mutation.c.id)
        .join(
            blob,
            (blob.c.sha256 == blob_reference.c.sha256) & (blob.c.device == mutation.c.device),
        )
        .where(
            which,
            blob.c.complete_at.is_not(None),
            mutation.c.kind.in_(sorted(PHOTO_KINDS)),
            mutation.c.outcome.in_(sorted(SHOWING)),
        )
        .order_by(mutation.c.sequence, mutation.c.id)
    )
    return [
        Mutation(
            str(uuid.uuid5(uuid.UUID(row.id), Kind.RECEIVED.value)),
            *(0, Kind.RECEIVED.value, row.key, row.sequence, now_ms, {"photo": row.id}),
        )
        for row in conn.execute(query)
    ]
