"""What must hold of the server's own history: each rule is a function that names what breaks it."""

from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import Final

import msgspec
from sqlalchemy import Connection, and_, exists, func, or_, select

from backend.store.tables import cell, change, conflict, feed, membership, mutation, record
from sync.collections import Policy, policy_of
from sync.conflicts import DELETED, TAKEN_AWAY
from sync.job_status import JobStatus
from sync.protocol import Conflict, Kind, Outcome
from sync.state import ActorKind

# Paths of conflicts that are no cell of their own.
_NO_CELL: Final = (DELETED, TAKEN_AWAY)
_WRITING: Final = [each.value for each in (Outcome.APPLIED, Outcome.MERGED, Outcome.HELD)]
_SIDES: Final = ("mine", "theirs")
# Those of the technicians.
_NAMES: Final = ("Marc", "Julie")


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


def accepted_work_leaves_its_trace(conn: Connection) -> Iterator[str]:
    """What a technician did and was told is taken, or kept for a choice, stands in some cell."""
    by_phone = mutation.c.actor_kind == ActorKind.TECHNICIAN.value
    taken = and_(mutation.c.outcome.in_(_WRITING), mutation.c.kind != Kind.RESOLVE)
    kept = and_(mutation.c.outcome == Outcome.CONFLICT.value, mutation.c.kind == Kind.STATUS)
    trace = exists().where(change.c.mutation == mutation.c.id)
    yield from conn.scalars(select(mutation.c.id).where(by_phone, or_(taken, kept), ~trace))


def only_a_holder_is_heard(conn: Connection) -> Iterator[str]:
    """Nobody writes to a record that he never had."""
    had = exists().where(
        membership.c.technician == mutation.c.actor,
        membership.c.key == change.c.key,
        membership.c.entered_at < change.c.sequence,
    )
    by_phone = mutation.c.actor_kind == ActorKind.TECHNICIAN.value
    wrote = select(mutation.c.id).join(change, change.c.mutation == mutation.c.id)
    yield from conn.scalars(wrote.where(by_phone, ~had))


def everybody_holds_his_visits(conn: Connection) -> Iterator[str]:
    """A phone gets the visits that are its technician's, all of them and no other."""
    his = cell.c.path == "technician", cell.c.value != "null", record.c.deleted.is_(None)
    due = select(cell.c.key, cell.c.value).join(record, record.c.key == cell.c.key).where(*his)
    wanted = {(msgspec.json.decode(row.value), row.key) for row in conn.execute(due)}
    now = membership.c.left_at.is_(None), membership.c.key.startswith("job/")
    held = {
        tuple(row)
        for row in conn.execute(select(membership.c.technician, membership.c.key).where(*now))
    }
    yield from (f"{each}" for each in sorted(wanted ^ held))


def a_choice_is_kept(conn: Connection) -> Iterator[str]:
    """A choice writes the value that did not stand, and only that."""
    query = select(mutation.c.id, mutation.c.payload).where(
        mutation.c.kind == Kind.RESOLVE, mutation.c.outcome == Outcome.APPLIED.value
    )
    for row in conn.execute(query).all():
        args = msgspec.json.decode(row.payload)["args"]
        clash = _conflict(conn, args["conflict"])
        if args["choice"] not in _SIDES or clash.path in _NO_CELL or "/" in clash.path:
            continue
        at = change.c.mutation == row.id, change.c.path == clash.path
        wrote = conn.execute(select(change.c.key).where(*at)).first() is not None
        if wrote != ((args["choice"] == "mine") is not clash.soft):
            yield f"{row.id} {args['choice']} of {clash.id}"


def the_office_gives_what_is_its_own(conn: Connection) -> Iterator[str]:
    """No technician takes back by his own choice what the office cancelled or gave away."""
    for body in conn.scalars(select(conflict.c.body).where(conflict.c.closed_at.is_not(None))):
        clash = msgspec.json.decode(body, type=Conflict)
        cancelled = clash.path == "status" and clash.theirs == JobStatus.CANCELLED
        given = clash.path in _NO_CELL or "/" in clash.path
        if clash.choice == "mine" and clash.closed_by in _NAMES and (cancelled or given):
            yield f"{clash.id} {clash.path} by {clash.closed_by}"


def a_serial_is_on_one_visit(conn: Connection) -> Iterator[str]:
    """What is in place on one visit is put on another only by somebody's choice."""
    lines = (
        select(change.c.key, change.c.value, mutation.c.id, mutation.c.kind)
        .join(mutation, mutation.c.id == change.c.mutation)
        .where(change.c.path.startswith("equipment/"))
        .order_by(change.c.sequence)
    )
    place: dict[str, str] = {}
    for row in conn.execute(lines):
        line = msgspec.json.decode(row.value)
        serial, goes_out = line["serial"], line.get("action") == "remove"
        if goes_out or (line.get("superseded") and place.get(serial) == row.key):
            place.pop(serial, None)
        if goes_out or line.get("superseded"):
            continue
        if row.kind != Kind.RESOLVE and place.get(serial, row.key) != row.key:
            yield f"{row.id} {serial} on {row.key} and {place[serial]}"
        place[serial] = row.key


def _conflict(conn: Connection, id_: str) -> Conflict:
    body = conn.scalar(select(conflict.c.body).where(conflict.c.id == id_))
    return msgspec.json.decode(body or "", type=Conflict)


RULES: Final = (
    a_cell_is_its_newest_change,
    nothing_takes_effect_twice,
    a_phone_is_heard_in_order,
    the_office_keeps_its_fields,
    a_conflict_names_what_stands,
    what_is_held_is_finished,
    accepted_work_leaves_its_trace,
    only_a_holder_is_heard,
    everybody_holds_his_visits,
    a_choice_is_kept,
    the_office_gives_what_is_its_own,
    a_serial_is_on_one_visit,
)
