"""What must hold of the server's own history: each rule is a function that names what breaks it."""

from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, and_, exists, func, or_, select

from backend.store.tables import cell, change, feed, membership, mutation, record
from sync.collections import Policy, policy_of
from sync.protocol import Kind, Outcome
from sync.state import ActorKind

_WRITING: Final = [each.value for each in (Outcome.APPLIED, Outcome.MERGED, Outcome.HELD)]


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


def only_its_technician_steers(conn: Connection) -> Iterator[str]:
    """Whoever has lost a visit moves its status no more."""
    had = exists().where(
        membership.c.technician == mutation.c.actor,
        membership.c.key == change.c.key,
        membership.c.entered_at < change.c.sequence,
        or_(membership.c.left_at.is_(None), membership.c.left_at >= change.c.sequence),
    )
    steered = select(mutation.c.id).join(change, change.c.mutation == mutation.c.id)
    steps = mutation.c.kind == Kind.STATUS, change.c.path == "status"
    yield from conn.scalars(steered.where(*steps, ~had))


def a_serial_is_on_one_visit(conn: Connection) -> Iterator[str]:
    """What is in place on one visit is put on another only by somebody's choice, and what is free
    is refused to nobody."""
    place: dict[str, str] = {}
    for row in conn.execute(_lines()):
        line = msgspec.json.decode(row.value) if row.value else _asked(row.payload)
        serial, goes_out = line["serial"], line.get("action") == "remove"
        elsewhere = place.get(serial, row.key) != row.key
        if row.value is None:  # refused: it did not come into the record
            if not elsewhere and place.get(serial) is None:
                yield f"{row.id} {serial} is free"
            continue
        if line.get("superseded") and place.get(serial) == row.key:
            del place[serial]
        if goes_out:
            place.pop(serial, None)
        if goes_out or line.get("superseded"):
            continue
        if row.kind != Kind.RESOLVE and elsewhere:
            yield f"{row.id} {serial} on {row.key} and {place[serial]}"
        place[serial] = row.key


def _lines() -> Select[Any]:
    """What was said of equipment in order: lines, and those that are bound to another visit."""
    wrote = and_(change.c.mutation == mutation.c.id, change.c.path.startswith("equipment/"))
    bound = and_(
        mutation.c.outcome == Outcome.CONFLICT.value, mutation.c.detail.contains("bound-to:")
    )
    said = or_(change.c.mutation.is_not(None), bound)
    return (
        select(mutation.c.id, mutation.c.kind, mutation.c.key, mutation.c.payload, change.c.value)
        .join(feed, feed.c.mutation == mutation.c.id)
        .outerjoin(change, wrote)
        .where(said)
        .order_by(feed.c.sequence, change.c.path)
    )


def _asked(payload: bytes) -> dict[str, Any]:
    args = msgspec.json.decode(payload)["args"]
    return {"serial": args.get("right") or args["serial"]}


RULES: Final = (
    a_cell_is_its_newest_change,
    nothing_takes_effect_twice,
    a_phone_is_heard_in_order,
    the_office_keeps_its_fields,
    accepted_work_leaves_its_trace,
    only_a_holder_is_heard,
    everybody_holds_his_visits,
    only_its_technician_steers,
    a_serial_is_on_one_visit,
)
