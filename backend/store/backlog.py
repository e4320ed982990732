"""What a long outage left: completions that bill drain last, once the office's work is known."""

from typing import Final

from sqlalchemy import Connection, exists, select, update

from backend.store.outbox import COMPLETED, open_entries
from backend.store.receipts import Recorded, write_receipts
from backend.store.shadows import UpstreamState, read_state, write_state
from backend.store.tables import cell, change, lane, outbox
from sync.lane import LaneState
from sync.protocol import Fate

POLLED: Final = "erpnext poll"  # its row in upstream_state: when the last whole poll began
SWEPT: Final = "erpnext sweep"


def put_last(conn: Connection, now_ms: int) -> Recorded:
    """Let every completion that bills and waits in the outbox wait for everything else; its phone
    hears `held`."""
    completes = exists().where(
        change.c.key == outbox.c.lane,
        change.c.path == "status",
        change.c.mutation == outbox.c.mutation,
        change.c.value == COMPLETED,
    )
    bills = exists().where(
        cell.c.key == outbox.c.lane, cell.c.path == "billable", cell.c.value == "true"
    )
    waits = outbox.c.fate.is_(None), outbox.c.drains_last == 0, completes, bills
    put = conn.execute(select(outbox.c.lane, outbox.c.mutation).where(*waits)).all()
    conn.execute(update(outbox).where(*waits).values(drains_last=1))
    first = exists().where(
        outbox.c.lane == lane.c.key, outbox.c.fate.is_(None), outbox.c.drains_last == 0
    )
    idle = update(lane).where(lane.c.state == LaneState.DUE.value, ~first)
    conn.execute(idle.values(state=LaneState.LAST.value, due_at=now_ms))
    return _tell(conn, {row.lane for row in put}, {row.mutation for row in put}, now_ms)


def _tell(conn: Connection, keys: set[str], mutations: set[str], now_ms: int) -> Recorded:
    told = [
        (entry, Fate.HELD, "")
        for key in sorted(keys)
        for entry in open_entries(conn, key)
        if entry.mutation in mutations
    ]
    return write_receipts(conn, told, now_ms)


def note_poll(conn: Connection, began_at: int) -> None:
    """Remember that everything the office did until then (UTC ms) was read."""
    write_state(conn, POLLED, UpstreamState(None, "", began_at))


def read_until(conn: Connection) -> int:
    """Until when (UTC ms) everything that the office did was read, 0 when it never was."""
    polled = read_state(conn, POLLED)
    return polled.checked_at if polled else 0


def note_sweep(conn: Connection, began_at: int) -> None:
    """Remember when the last whole sweep began (UTC ms)."""
    write_state(conn, SWEPT, UpstreamState(None, "", began_at))


def swept_at(conn: Connection) -> int | None:
    """When the last whole sweep began (UTC ms), None before the first."""
    swept = read_state(conn, SWEPT)
    return swept.checked_at if swept else None
