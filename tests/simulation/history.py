"""What must hold of the server's own history: each rule is a function that names what breaks it."""

from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import Final

import msgspec
from sqlalchemy import Connection, and_, func, select

from backend.store.tables import cell, change, conflict, feed, mutation
from sync.collections import Policy, policy_of
from sync.conflicts import DELETED, TAKEN_AWAY
from sync.job_status import JobStatus
from sync.protocol import Conflict
from sync.state import ActorKind

# Paths of conflicts that are no cell of their own.
_NO_CELL: Final = (DELETED, TAKEN_AWAY)


def a_cell_is_its_newest_change(conn: Connection) -> Iterator[str]:
    """Every cell has the value that its history ends with."""
    newest = (
        select(change.c.key, change.c.path, func.max(change.c.sequence).label("sequence"))
        .group_by(change.c.key, change.c.path)
        .subquery()
    )
    of_it = and_(*(change.c[name] == newest.c[name] for name in ("key", "path", "sequence")))
    same = and_(cell.c.key == change.c.key, cell.c.path == change.c.path)
    stands = and_(cell.c.value == change.c.value, cell.c.sequence == change.c.sequence)
    query = select(change.c.key, change.c.path).join(newest, of_it).outerjoin(cell, same)
    for row in conn.execute(query.where(stands.is_not(True))):
        yield f"{row.key} {row.path}"


def nothing_takes_effect_twice(conn: Connection) -> Iterator[str]:
    """A mutation writes a cell at most once."""
    once = change.c.mutation, change.c.key, change.c.path
    for row in conn.execute(select(*once).group_by(*once).having(func.count() > 1)):
        yield f"{row.mutation} {row.key} {row.path}"


def a_phone_is_heard_in_order(conn: Connection) -> Iterator[str]:
    """What a replica numbered came into the feed in the order of its numbers."""
    query = (
        select(mutation.c.device, mutation.c.epoch, mutation.c.id, feed.c.sequence)
        .join(feed, feed.c.mutation == mutation.c.id)
        .where(mutation.c.seq.is_not(None))
        .order_by(mutation.c.device, mutation.c.epoch, mutation.c.seq)
    )
    for _, rows in groupby(conn.execute(query), key=lambda row: row[:2]):
        for before, after in pairwise(rows):
            if before.sequence > after.sequence:
                yield f"{before.id} after {after.id}"


def the_office_keeps_its_fields(conn: Connection) -> Iterator[str]:
    """No technician writes what the office alone decides."""
    query = (
        select(change.c.key, change.c.path, mutation.c.id)
        .join(mutation, mutation.c.id == change.c.mutation)
        .where(mutation.c.actor_kind == ActorKind.TECHNICIAN.value)
    )
    for row in conn.execute(query):
        if policy_of(row.key, row.path) is Policy.OFFICE:
            yield f"{row.id} {row.key} {row.path}"


def a_conflict_names_what_stands(conn: Connection) -> Iterator[str]:
    """Whoever has to choose sees the value that stands now, and the one that does not."""
    for body in conn.scalars(select(conflict.c.body).where(conflict.c.closed_at.is_(None))):
        clash = msgspec.json.decode(body, type=Conflict)
        if clash.path in _NO_CELL or "/" in clash.path:
            continue
        at = cell.c.key == clash.key, cell.c.path == clash.path
        value = msgspec.json.decode(conn.scalar(select(cell.c.value).where(*at)) or "null")
        if value != (clash.mine if clash.soft else clash.theirs):
            yield f"{clash.id} {clash.key} {clash.path}: {clash.mine} or {clash.theirs}: {value}"


def what_is_held_is_finished(conn: Connection) -> Iterator[str]:
    """A completion is held back as long as it is what the visit says."""
    status = cell.alias("status")
    of_it = and_(status.c.key == cell.c.key, status.c.path == "status")
    holds = cell.c.path == "held", cell.c.value != "null"
    for row in conn.execute(select(cell.c.key, status.c.value).join(status, of_it).where(*holds)):
        if row.value != f'"{JobStatus.COMPLETED}"':
            yield f"{row.key} {row.value}"


RULES: Final = (
    a_cell_is_its_newest_change,
    nothing_takes_effect_twice,
    a_phone_is_heard_in_order,
    the_office_keeps_its_fields,
    a_conflict_names_what_stands,
    what_is_held_is_finished,
)
