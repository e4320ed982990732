"""What a long outage left: completions that bill drain last, once the office's work is known."""

from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, exists, update

from backend.store.shadows import UpstreamState, read_state, write_state
from backend.store.tables import cell, change, conflict, lane, outbox
from sync.job_status import JobStatus
from sync.lane import LaneState

POLLED: Final = "erpnext poll"  # its row in upstream_state: when the last whole poll began
SWEPT: Final = "erpnext sweep"
_COMPLETED: Final = f'"{JobStatus.COMPLETED.value}"'


def put_last(conn: Connection, now_ms: int) -> int:
    """Let every completion that bills and waits in the outbox wait for everything else; gives how
    many there are."""
    completes = exists().where(
        change.c.key == outbox.c.lane,
        change.c.path == "status",
        change.c.mutation == outbox.c.mutation,
        change.c.value == _COMPLETED,
    )
    bills = exists().where(
        cell.c.key == outbox.c.lane, cell.c.path == "billable", cell.c.value == "true"
    )
    waits = outbox.c.fate.is_(None), outbox.c.drains_last == 0
    put = conn.execute(update(outbox).where(*waits, completes, bills).values(drains_last=1))
    first = exists().where(
        outbox.c.lane == lane.c.key, outbox.c.fate.is_(None), outbox.c.drains_last == 0
    )
    idle = update(lane).where(lane.c.state == LaneState.DUE.value, ~first)
    conn.execute(idle.values(state=LaneState.LAST.value, due_at=now_ms))
    return put.rowcount


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


def bills_in_dispute(key: ColumnElement[str] | str) -> ColumnElement[bool]:
    """Whether a record stands as completed while a human must still choose between two values."""
    disputed = exists().where(
        conflict.c.key == key, conflict.c.closed_at.is_(None), conflict.c.soft == 0
    )
    stands = exists().where(cell.c.key == key, cell.c.path == "status", cell.c.value == _COMPLETED)
    return and_(disputed, stands)
