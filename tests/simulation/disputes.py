"""What must hold of conflicts, choices and completions: each rule is a function that names what
breaks it."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec
from sqlalchemy import Connection, and_, exists, func, or_, select

from backend.store.tables import (
    cell,
    change,
    conflict,
    feed,
    lane,
    mutation,
    outbox,
    receipt,
)
from sync.conflicts import DELETED, TAKEN_AWAY
from sync.job_status import JobStatus
from sync.lane import LaneState
from sync.protocol import Conflict, Fate, Kind, Outcome
from sync.state import ActorKind

# Paths of conflicts that are no cell of their own.
_NO_CELL: Final = (DELETED, TAKEN_AWAY)
_SIDES: Final = ("mine", "theirs")
# Those of the technicians.
_NAMES: Final = ("Marc", "Julie")
_BY_PHONE: Final = mutation.c.actor_kind == ActorKind.TECHNICIAN.value


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


def a_choice_is_kept(conn: Connection) -> Iterator[str]:
    """A choice writes the value that did not stand, and only that."""
    query = select(mutation.c.id, mutation.c.payload).where(
        mutation.c.kind == Kind.RESOLVE, mutation.c.outcome == Outcome.APPLIED.value
    )
    for row in conn.execute(query).all():
        sent = msgspec.json.decode(row.payload)
        args, clash = sent["args"], _conflict(conn, sent["args"]["conflict"])
        is_last = clash.closed_at == sent["made_at"] and args["choice"] in _SIDES
        if not is_last or clash.path in _NO_CELL or "/" in clash.path:
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


def a_choice_is_made_once(conn: Connection) -> Iterator[str]:
    """The first choice stands, unless it was taken back."""
    resolved = mutation.c.kind == Kind.RESOLVE, mutation.c.outcome == Outcome.APPLIED.value
    made: Counter[str] = Counter()
    for payload in conn.scalars(select(mutation.c.payload).where(*resolved)):
        args = msgspec.json.decode(payload)["args"]
        made[args["conflict"]] += {"undo": -1, "office": 0}.get(args["choice"], 1)
    yield from (id_ for id_, times in made.items() if times > 1)


def a_lost_value_is_not_filed(conn: Connection) -> Iterator[str]:
    """Nobody is told that ERPNext has a value over which somebody has still to choose."""
    for clash in _open(conn):
        lost = or_(mutation.c.id == clash.mutation, mutation.c.detail.contains(f'"{clash.id}"'))
        told = select(receipt.c.fate).join(mutation, mutation.c.id == receipt.c.mutation)
        fates = told.where(lost, mutation.c.kind != Kind.RESOLVE).order_by(receipt.c.sequence)
        if Fate.FILED.value in conn.scalars(fates).all()[-1:]:
            yield f"{clash.id} {clash.path}"


def a_choice_is_told(conn: Connection) -> Iterator[str]:
    """Once a choice is filed, whoever had lost is told that it is over."""
    filed = select(outbox.c.mutation).where(outbox.c.fate == Fate.FILED.value)
    resolved = mutation.c.kind == Kind.RESOLVE, mutation.c.outcome == Outcome.APPLIED.value
    for payload in conn.scalars(
        select(mutation.c.payload).where(*resolved, mutation.c.id.in_(filed))
    ):
        clash = _conflict(conn, msgspec.json.decode(payload)["args"]["conflict"])
        if clash.closed_at and _last_fate(conn, clash.mutation) == Fate.CONFLICT:
            yield f"{clash.id} {clash.mutation}"


def what_is_parked_is_told(conn: Connection) -> Iterator[str]:
    """The phone of whatever waits for a person at the office says so."""
    told = exists().where(receipt.c.mutation == mutation.c.id)
    query = (
        select(mutation.c.id)
        .join(outbox, outbox.c.mutation == mutation.c.id)
        .join(lane, lane.c.key == outbox.c.lane)
        .where(_BY_PHONE, outbox.c.fate.is_(None), lane.c.state == LaneState.PARKED.value, ~told)
    )
    yield from conn.scalars(query)


def work_the_office_overtook_is_kept(conn: Connection) -> Iterator[str]:
    """A step that the office made impossible meanwhile is put to a choice, never refused."""
    query = (
        select(mutation.c.id, mutation.c.key, mutation.c.payload, feed.c.sequence)
        .join(feed, feed.c.mutation == mutation.c.id)
        .where(mutation.c.kind == Kind.STATUS, mutation.c.detail.contains("illegal-step"))
        .where(mutation.c.outcome == Outcome.REJECTED.value)
    )
    for row in conn.execute(query).all():
        base = msgspec.json.decode(row.payload)["base"]
        meanwhile = change.c.sequence > base, change.c.sequence < row.sequence
        moved = change.c.key == row.key, change.c.path == "status"
        office = change.c.writer.startswith("office:") | (change.c.writer == "erp")
        if conn.execute(select(change.c.path).where(*moved, *meanwhile, office)).first():
            yield f"{row.id} on {base}"


def unfiled_work_is_not_overruled(conn: Connection) -> Iterator[str]:
    """What ERPNext has not heard of gives way to a change made there only by a choice."""
    by, before, older = mutation.alias("by"), change.alias("before"), change.alias("older")
    same = older.c.key == change.c.key, older.c.path == change.c.path
    newest = (
        select(func.max(older.c.sequence))
        .where(*same, older.c.sequence < change.c.sequence)
        .correlate(change)
        .scalar_subquery()
    )
    of_it = and_(before.c.key == change.c.key, before.c.path == change.c.path)
    heard = exists().where(
        receipt.c.mutation == mutation.c.id,
        receipt.c.sequence < change.c.sequence,
        receipt.c.fate == Fate.FILED.value,
    )
    contested = exists().where(conflict.c.key == change.c.key, conflict.c.path == change.c.path)
    query = (
        select(mutation.c.id, change.c.key, change.c.path)
        .select_from(change)
        .join(by, by.c.id == change.c.mutation)
        .join(before, and_(of_it, before.c.sequence == newest))
        .join(mutation, mutation.c.id == before.c.mutation)
        .where(by.c.kind == Kind.UPSTREAM, change.c.path != "held", _BY_PHONE, ~heard, ~contested)
    )
    for row in conn.execute(query):
        yield f"{row.id} {row.key} {row.path}"


def _open(conn: Connection) -> Iterator[Conflict]:
    hard = conflict.c.closed_at.is_(None), conflict.c.soft == 0
    for body in conn.scalars(select(conflict.c.body).where(*hard)).all():
        yield msgspec.json.decode(body, type=Conflict)


def _last_fate(conn: Connection, id_: str) -> str:
    fates = select(receipt.c.fate).where(receipt.c.mutation == id_)
    return str(conn.scalar(fates.order_by(receipt.c.sequence.desc()).limit(1)) or "")


def _conflict(conn: Connection, id_: str) -> Conflict:
    body = conn.scalar(select(conflict.c.body).where(conflict.c.id == id_))
    return msgspec.json.decode(body or "", type=Conflict)


# With what the server has forgotten, a base of before says nothing any more.
OF_WHOLE_HISTORIES: Final = (work_the_office_overtook_is_kept, unfiled_work_is_not_overruled)
RULES: Final = (
    a_conflict_names_what_stands,
    what_is_held_is_finished,
    a_choice_is_kept,
    the_office_gives_what_is_its_own,
    a_choice_is_made_once,
    a_lost_value_is_not_filed,
    a_choice_is_told,
)
