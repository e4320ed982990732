"""What each phone says it still holds, kept on its device row for the board."""

from contextlib import suppress
from typing import NamedTuple

from sqlalchemy import Connection, update

from backend.errors import DiskFull, StorageFailed
from backend.store.tables import device
from backend.store.writer import Writer
from sync.protocol import Pending

APP_CHARACTERS = 40


class Heartbeat(NamedTuple):
    """One phone's word at one contact: its app version and what is still on it."""

    device: str
    app: str
    pending: Pending
    at: int


async def keep_heartbeat(writer: Writer, beat: Heartbeat) -> None:
    """`record_heartbeat` by the writer; a disk that takes nothing must not keep a technician from
    his day."""
    with suppress(DiskFull, StorageFailed):
        await writer.run(lambda conn: record_heartbeat(conn, beat))


def record_heartbeat(conn: Connection, beat: Heartbeat) -> None:
    """Keep the newest heartbeat of a device."""
    conn.execute(
        update(device)
        .where(device.c.id == beat.device)
        .values(
            seen_at=beat.at,
            app=beat.app[:APP_CHARACTERS],
            pending_count=beat.pending.count,
            pending_oldest=beat.pending.oldest,
            pending_photos=beat.pending.photos,
            pending_bytes=beat.pending.bytes,
        )
    )
