"""Reads what the dispatcher's board shows: one snapshot, a fixed number of queries."""

from collections.abc import Collection
from contextlib import suppress
from datetime import date
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, func, or_, select

from backend.store.backups import Backups, read_backups
from backend.store.checks import Checked, read_check
from backend.store.clock import DAY_MS
from backend.store.desk import DeskRows, read_desk
from backend.store.devices import ABSOLUTE_MS, lives
from backend.store.feed import read_head
from backend.store.incoming import UNREADABLE
from backend.store.refusals import is_refused
from backend.store.shadows import ERPNEXT, UpstreamState, read_state
from backend.store.tables import cell, conflict, device, lane, link, mutation, outbox, record
from backend.store.todays_visits import (
    Cells,
    Rows,
    read_cells,
    read_statuses,
    read_unfiled,
    read_visits,
    references,
)
from sync.collections import is_job
from sync.protocol import Conflict
from sync.scope import DAYS_BACK

# A refusal has nobody to close it yet: it stays for as long as the phone may still correct it.
REFUSED_DAYS: Final = DAYS_BACK
LIST_LIMIT: Final = 200


class _Sent(msgspec.Struct):
    """The part of a stored payload that names its photos."""

    blobs: tuple[str, ...] = ()


class Counts(NamedTuple):
    """Whole numbers of the tiles; `oldest_lane` is when the oldest work was captured that
    waits for ERPNext alone."""

    conflicts: int
    refused: int
    queued: int
    parked_lanes: int
    oldest_lane: int | None


class BoardRows(NamedTuple):
    """Rows as stored; instants in UTC ms, values of cells decoded.

    `visits` are today's job keys, `cells` theirs and those of every record they name; `unfiled`
    are their mutations that ERPNext has not taken, `unfiled_paths` the cells that these wrote.
    `statuses` say who wrote a visit's status; `photos_of` came with what lost a conflict (SHA-256
    by mutation).
    """

    counts: Counts
    sequence: int
    technicians: Cells
    devices: Rows
    links: Rows
    visits: list[str]
    cells: Cells
    statuses: Rows
    unfiled: frozenset[str]
    unfiled_paths: dict[str, frozenset[str]]
    conflicts: list[Conflict]
    refused: Rows
    upstream: UpstreamState | None
    check: Checked | None
    backups: Backups
    desk: DeskRows
    photos_of: dict[str, tuple[str, ...]]


class Day(NamedTuple):
    """The site's local date, and when it began (UTC ms)."""

    today: date
    began: int


def read_board(
    conn: Connection, now_ms: int, day: Day, only: Collection[str] | None = None
) -> BoardRows:
    """Everything of one moment; with `only`, no other visits, and nobody's day is proved."""
    since = now_ms - REFUSED_DAYS * DAY_MS
    refused = _refused(conn, since)
    conflicts = _conflicts(conn)
    visits = read_visits(conn, day.today, only)
    desk = read_desk(conn, visits, day.began if only is None else None, now_ms, since)
    clashes = (*conflicts, *desk.decided)
    named = {row.key for row in (*refused, *desk.held)}
    named |= {key for each in clashes for key in _jobs_of(each)}
    cells = read_cells(conn, {*visits, *named})
    unfiled, unfiled_paths = read_unfiled(conn, visits)
    return BoardRows(
        counts=_counts(conn, since),
        sequence=read_head(conn).sequence,
        technicians=read_technicians(conn),
        devices=_devices(conn, now_ms),
        links=_links(conn, now_ms),
        visits=visits,
        cells=cells | read_cells(conn, references(cells.values())),
        statuses=read_statuses(conn, visits),
        unfiled=unfiled,
        unfiled_paths=unfiled_paths,
        conflicts=conflicts,
        refused=refused,
        upstream=read_state(conn, ERPNEXT),
        check=read_check(conn, ERPNEXT),
        backups=read_backups(conn),
        desk=desk,
        photos_of=_photos_of(conn, {each.mutation for each in conflicts}),
    )


def read_counts(conn: Connection, now_ms: int) -> Counts:
    """The numbers of the tiles alone."""
    return _counts(conn, now_ms - REFUSED_DAYS * DAY_MS)


def _counts(conn: Connection, since: int) -> Counts:
    unfiled = select(func.count()).join_from(lane, outbox, outbox.c.lane == lane.c.key)
    counted = (
        select(func.count()).select_from(conflict).where(*_open_and_hard()),
        select(func.count()).select_from(mutation).where(*is_refused(since)),
        unfiled.where(outbox.c.fate.is_(None)),
        select(func.count()).select_from(lane).where(lane.c.state == "parked"),
        select(func.min(lane.c.oldest_at)).where(lane.c.state.not_in(("parked", "last"))),
    )
    return Counts(*conn.execute(select(*(each.scalar_subquery() for each in counted))).one())


def read_technicians(conn: Connection) -> Cells:
    """Every technician's name and whether he is active, by record key."""
    query = (
        select(record.c.key, record.c.upstream_name, cell.c.path, cell.c.value)
        .outerjoin(cell, (cell.c.key == record.c.key) & cell.c.path.in_(("full_name", "active")))
        .where(record.c.collection == "technician", record.c.deleted.is_(None))
    )
    found: Cells = {}
    for row in conn.execute(query):
        cells = found.setdefault(row.key, {"upstream_name": row.upstream_name or ""})
        if row.path is not None:
            cells[row.path] = msgspec.json.decode(row.value)
    return found


def _devices(conn: Connection, now_ms: int) -> Rows:
    """Phones in use, phones lately revoked, and any that last said it still holds work."""
    holds = or_(device.c.pending_count > 0, device.c.pending_photos > 0)
    revoked_lately = device.c.revoked_at > now_ms - REFUSED_DAYS * DAY_MS
    query = select(
        device.c.id,
        device.c.technician,
        device.c.link,
        device.c.app,
        device.c.seen_at,
        device.c.revoked_at,
        device.c.pending_count,
        device.c.pending_oldest,
        device.c.pending_photos,
        device.c.pending_bytes,
    )
    found = query.where(or_(lives(now_ms), revoked_lately, holds))
    return conn.execute(found.order_by(device.c.seen_at.desc(), device.c.id)).all()


def _links(conn: Connection, now_ms: int) -> Rows:
    query = select(link.c.id, link.c.technician, link.c.expires_at, link.c.revoked_at)
    recent = query.where(link.c.expires_at > now_ms - ABSOLUTE_MS)
    return conn.execute(recent.order_by(link.c.created_at, link.c.id)).all()


def _conflicts(conn: Connection) -> list[Conflict]:
    query = select(conflict.c.body).where(*_open_and_hard()).order_by(conflict.c.sequence.desc())
    bodies = conn.execute(query.limit(LIST_LIMIT)).scalars()
    return [msgspec.json.decode(body, type=Conflict) for body in bodies]


def _photos_of(conn: Connection, mutations: set[str]) -> dict[str, tuple[str, ...]]:
    """The photos (SHA-256) that came with some mutations, of those that can be read."""
    query = select(mutation.c.id, mutation.c.payload).where(mutation.c.id.in_(sorted(mutations)))
    found = {}
    for row in conn.execute(query):
        with suppress(*UNREADABLE):
            found[row.id] = msgspec.json.decode(row.payload, type=_Sent).blobs
    return found


def _jobs_of(clash: Conflict) -> list[str]:
    """The visits a conflict names: its own, and the one that already has the serial."""
    return [each for each in (clash.key, clash.theirs) if is_job(str(each))]


def _refused(conn: Connection, since: int) -> Rows:
    query = select(
        mutation.c.id,
        mutation.c.key,
        mutation.c.kind,
        mutation.c.actor,
        mutation.c.payload,
        mutation.c.outcome,
        mutation.c.detail,
        mutation.c.made_at,
        mutation.c.received_at,
        mutation.c.actor_kind,
    )
    newest = query.where(*is_refused(since)).order_by(mutation.c.received_at.desc())
    return conn.execute(newest.limit(LIST_LIMIT)).all()


def _open_and_hard() -> tuple[ColumnElement[bool], ...]:
    return conflict.c.closed_at.is_(None), conflict.c.soft == 0
