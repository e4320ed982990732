"""Reads what may be worth an alert, and keeps which alerts stand. Instants are UTC ms."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, and_, delete, select

from backend.store.backups import Backups, read_backups
from backend.store.board import REFUSED_DAYS, read_counts
from backend.store.clock import DAY_MS, Clock
from backend.store.devices import lives
from backend.store.refusals import is_refused
from backend.store.shadows import ERPNEXT, read_state
from backend.store.tables import (
    alert,
    cell,
    conflict,
    device,
    feed,
    mutation,
    record,
    scope_reason,
)
from backend.store.upsert import upsert
from sync.job_status import JobStatus
from sync.lane import AUTH

LIMIT: Final = 50  # of one kind: who has more of them looks at the board
KEPT_DAYS: Final = 30
_OVER: Final = (JobStatus.COMPLETED, JobStatus.NOT_COMPLETED, JobStatus.CANCELLED)

Rows = Sequence[Any]


class Worth(NamedTuple):
    """`conflicts` (id, visit, since) are open, `refused` (id, visit, since) of the last days and
    not closed,
    `phones` (device, name, seen_at) of technicians who have a visit today that is not over."""

    conflicts: Rows
    refused: Rows
    phones: Rows
    oldest_at: int | None
    away_since: int | None
    is_key_refused: bool
    backups: Backups


def read_worth(conn: Connection, clock: Clock) -> Worth:
    """All of one snapshot."""
    state = read_state(conn, ERPNEXT)
    return Worth(
        _conflicts(conn),
        _refused(conn, clock.now_ms - REFUSED_DAYS * DAY_MS),
        _phones(conn, clock),
        read_counts(conn, clock.now_ms).oldest_lane,
        state.down_since if state else None,
        state is not None and state.down_since is not None and state.error.startswith(AUTH),
        read_backups(conn),
    )


def read_alerts(conn: Connection) -> Rows:
    """Every row: kind, subject, detail, raised_at, cleared_at, told."""
    return conn.execute(select(alert)).all()


def keep_alerts(conn: Connection, rows: Sequence[dict[str, Any]], now_ms: int) -> None:
    """Store rows, and forget what was over long ago."""
    upsert(conn, alert, rows)
    conn.execute(delete(alert).where(alert.c.cleared_at < now_ms - KEPT_DAYS * DAY_MS))


def _conflicts(conn: Connection) -> Rows:
    query = (
        select(conflict.c.id, record.c.upstream_name, feed.c.at)
        .join(feed, feed.c.sequence == conflict.c.sequence)
        .outerjoin(record, record.c.key == conflict.c.key)
        .where(conflict.c.closed_at.is_(None), conflict.c.soft == 0)
    )
    return conn.execute(query.order_by(feed.c.at).limit(LIMIT)).all()


def _refused(conn: Connection, since: int) -> Rows:
    query = (
        select(mutation.c.id, record.c.upstream_name, mutation.c.received_at)
        .outerjoin(record, record.c.key == mutation.c.key)
        .where(*is_refused(since))
    )
    return conn.execute(query.order_by(mutation.c.received_at.desc()).limit(LIMIT)).all()


def _phones(conn: Connection, clock: Clock) -> Rows:
    """By the scopes: these name the technicians of today's visits, few enough to read."""
    day, status, name = cell.alias("day"), cell.alias("status"), cell.alias("name")
    over = _json(_OVER)
    todays = (
        select(scope_reason.c.technician)
        .join(day, and_(day.c.key == scope_reason.c.job, day.c.path == "date"))
        .join(status, and_(status.c.key == scope_reason.c.job, status.c.path == "status"))
        .where(day.c.value.in_(_json([clock.today.isoformat()])), status.c.value.not_in(over))
        .where(scope_reason.c.key == scope_reason.c.job)
    )
    query = (
        select(device.c.id, name.c.value, device.c.seen_at)
        .outerjoin(name, and_(name.c.key == device.c.technician, name.c.path == "full_name"))
        .where(lives(clock.now_ms), device.c.technician.in_(todays))
    )
    return conn.execute(query.order_by(device.c.seen_at).limit(LIMIT)).all()


def _json(values: Iterable[str]) -> list[str]:
    return [msgspec.json.encode(str(each)).decode() for each in values]
