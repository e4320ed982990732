"""Who names a photo, and who may therefore look at it: never by its hash alone."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, exists, or_, select

from backend.errors import NotFound
from backend.store.blobs.place import BlobName
from backend.store.tables import blob, blob_reference, membership, mutation, record
from backend.store.upsert import upsert
from sync.blobs import SHOWING, named_blobs
from sync.push import Submitted


class Shown(NamedTuple):
    """A whole photo that the caller may see: where its bytes are and what they are served as."""

    name: BlobName
    media_type: str

    @property
    def file(self) -> str:
        """What a person who keeps it finds it under."""
        return f"{self.name.sha256[:12]}.{self.media_type.rpartition('/')[2]}"


def save_references(conn: Connection, stored: Iterable[Submitted]) -> None:
    """Note which blobs the mutations name that are stored in this transaction."""
    rows = [
        {"sha256": sha256, "mutation": each.mutation.id}
        for each in stored
        for sha256 in sorted(named_blobs(each.payload))
    ]
    upsert(conn, blob_reference, rows)


def shown_to_phone(conn: Connection, sha256: str, device: str, technician: str) -> Shown:
    """The photo, if this device sent it or a record names it that the technician holds now.

    Raises NotFound.
    """
    held = select(membership.c.key).where(
        membership.c.technician == technician, membership.c.left_at.is_(None)
    )
    living = select(record.c.key).where(record.c.deleted.is_(None))
    accepted = mutation.c.outcome.in_(sorted(SHOWING))
    by_record = _named(accepted, mutation.c.key.in_(held), mutation.c.key.in_(living))
    return _shown(conn, sha256, or_(blob.c.device == device, by_record))


def shown_to_staff(conn: Connection, sha256: str) -> Shown:
    """The photo, if any mutation names it, a refused one too: the office must see what it was.

    Raises NotFound.
    """
    return _shown(conn, sha256, _named())


def _named(*where: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the device that sent the blob named it in a mutation.

    Named by another device it proves nothing: whoever knew a hash could read what is behind it.
    """
    return exists(
        select(blob_reference.c.sha256)
        .join(mutation, mutation.c.id == blob_reference.c.mutation)
        .where(
            blob_reference.c.sha256 == blob.c.sha256,
            mutation.c.device == blob.c.device,
            *where,
        )
    )


def _shown(conn: Connection, sha256: str, may: ColumnElement[bool]) -> Shown:
    query = select(blob.c.sha256, blob.c.upload, blob.c.media_type).where(
        blob.c.sha256 == sha256, blob.c.complete_at.is_not(None), may
    )
    row = conn.execute(query.order_by(blob.c.complete_at, blob.c.upload).limit(1)).one_or_none()
    if row is None:
        raise NotFound
    return Shown(BlobName(row.sha256, row.upload), row.media_type)
