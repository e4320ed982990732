"""Notes that the bytes of a photo are whole, and tells the records that named it."""

from typing import NamedTuple

from sqlalchemy import Connection

from backend.store.apply import apply_mutations
from backend.store.blobs.received import SERVER, received_by
from backend.store.blobs.uploads import complete_upload
from backend.store.clock import Clock


class Whole(NamedTuple):
    """Whether the upload was known, and which technicians to poke."""

    known: bool
    poked: frozenset[str] = frozenset()


def record_whole(conn: Connection, upload_id: str, clock: Clock) -> Whole:
    """To be called once the bytes are verified and on disk."""
    if not complete_upload(conn, upload_id, clock.now_ms):
        return Whole(known=False)
    waited = received_by(conn, upload_id, clock.now_ms)
    return Whole(known=True, poked=apply_mutations(conn, SERVER, waited, clock).poked)
