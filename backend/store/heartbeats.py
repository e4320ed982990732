"""What each phone says it still holds, kept on its device row for the board."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection, update

from backend.errors import DiskFull, StorageFailed
from backend.store.apply import Decided
from backend.store.clock import Clock
from backend.store.seen import note_seen
from backend.store.tables import device
from backend.store.writer import Writer
from sync.protocol import Pending

APP_CHARACTERS = 40


class Heartbeat(NamedTuple):
    """One phone's word at one contact: its app version, what is still on it, and what its
    technician (record key and `name`) had on the screen."""

    device: str
    app: str
    pending: Pending
    at: int
    technician: str = ""
    name: str = ""


async def keep_heartbeat(writer: Writer, beat: Heartbeat) -> None:
    """`record_heartbeat` by the writer; a disk that takes nothing must not keep a technician from
    his day."""
    with suppress(DiskFull, StorageFailed):
        await writer.run(lambda conn: record_heartbeat(conn, beat))


def record_heartbeat(conn: Connection, beat: Heartbeat) -> Decided:
    """Keep the newest heartbeat of a device, and what was seen on it."""
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
    # Nothing that depends on the date is written.
    clock = Clock(beat.at, datetime.fromtimestamp(beat.at / 1000, UTC).date())
    return note_seen(conn, beat.technician, beat.name, beat.pending.seen, clock)
