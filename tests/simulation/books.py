"""What the tables of a run's server say, for its judges: functions over a connection."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, exists, func, select

from backend.erp.taking import ERP
from backend.store.attachments import ATTACHED
from backend.store.tables import (
    attachment,
    blob,
    blob_reference,
    cell,
    change,
    conflict,
    counter,
    feed,
    mutation,
    outbox,
    receipt,
)
from sync.protocol import Conflict, Fate, Kind, Outcome
from sync.state import ActorKind

# Verdicts after which ERPNext hears of what a technician did.
_TAKEN: Final = ("applied", "merged", "noop", "superseded", "conflict")


class Note(NamedTuple):
    """A note that is on file."""

    key: str
    text: str


class Said(NamedTuple):
    """A cell that the server took for the office's edit in ERPNext."""

    key: str
    path: str
    value: Any


def mutations(conn: Connection) -> frozenset[str]:
    """The ids that it knows."""
    return frozenset(conn.scalars(select(mutation.c.id)))


def sequence(conn: Connection) -> int:
    """The last change of the feed."""
    return int(conn.execute(select(counter.c.sequence)).scalar_one())


def conflicts(conn: Connection) -> list[Conflict]:
    """All that ever were, in the order of their last move."""
    bodies = conn.scalars(select(conflict.c.body).order_by(conflict.c.sequence, conflict.c.id))
    return [msgspec.json.decode(body, type=Conflict) for body in bodies]


def held(keys: Sequence[str], conn: Connection) -> list[str]:
    """The visits of `keys` whose completion is held back."""
    holds = cell.c.key.in_(keys), cell.c.path == "held", cell.c.value != "null"
    return sorted(conn.scalars(select(cell.c.key).where(*holds)))


def places(conn: Connection) -> dict[str, int]:
    """Where each mutation stands in the feed."""
    return {
        row.mutation: row.sequence for row in conn.execute(select(feed.c.mutation, feed.c.sequence))
    }


def disguised(conn: Connection) -> list[str]:
    """What came as bytes that nobody has to understand, or as nothing."""
    return list(
        conn.scalars(select(mutation.c.id).where(mutation.c.kind.in_((Kind.OPAQUE, Kind.VOID))))
    )


def refused(conn: Connection) -> frozenset[str]:
    """What was rejected, or waits for somebody to make something of it."""
    outcomes = Outcome.REJECTED.value, Outcome.PARKED.value
    return frozenset(conn.scalars(select(mutation.c.id).where(mutation.c.outcome.in_(outcomes))))


def unqueued(conn: Connection) -> list[str]:
    """What technicians did and the server took, but has not put down for ERPNext."""
    queued = exists().where(outbox.c.mutation == mutation.c.id)
    theirs = mutation.c.actor_kind == ActorKind.TECHNICIAN.value, mutation.c.kind != Kind.VOID
    taken = select(mutation.c.id).where(*theirs, mutation.c.outcome.in_(_TAKEN), ~queued)
    return sorted(conn.scalars(taken))


def unfiled(conn: Connection) -> list[str]:
    """What still waits for ERPNext, but for a bill over which somebody has to choose."""
    over = conflict.c.key == outbox.c.lane, conflict.c.closed_at.is_(None), conflict.c.soft == 0
    disputed = exists().where(*over) & (outbox.c.drains_last == 1)
    waits = select(outbox.c.mutation).where(outbox.c.fate.is_(None), ~disputed)
    return sorted(conn.scalars(waits))


def filed(conn: Connection) -> list[str]:
    """What the server takes for filed."""
    filed = outbox.c.fate == Fate.FILED.value
    return sorted(conn.scalars(select(outbox.c.mutation).where(filed)))


def queued(conn: Connection) -> dict[tuple[str, int], list[str]]:
    """The mutations of each lane, in the order in which they were accepted; what bills has one of
    its own, because it goes last."""
    lanes: dict[tuple[str, int], list[str]] = {}
    query = select(outbox.c.lane, outbox.c.drains_last, outbox.c.mutation).order_by(outbox.c.id)
    for row in conn.execute(query):
        lanes.setdefault((row.lane, row.drains_last), []).append(row.mutation)
    return lanes


def filed_notes(conn: Connection) -> list[Note]:
    """The notes that were said to be on file."""
    query = (
        select(mutation.c.key, mutation.c.payload)
        .join(outbox, outbox.c.mutation == mutation.c.id)
        .where(mutation.c.kind == Kind.NOTE, outbox.c.fate == Fate.FILED.value)
    )
    return [
        Note(row.key, str(msgspec.json.decode(row.payload)["args"]["text"]).strip())
        for row in conn.execute(query)
    ]


def told_by_erpnext(conn: Connection, after: int) -> Iterator[Said]:
    """What ERPNext is said to have changed since the sequence `after`."""
    query = (
        select(change.c.key, change.c.path, change.c.value)
        .join(mutation, mutation.c.id == change.c.mutation)
        .where(mutation.c.kind == Kind.UPSTREAM, change.c.sequence > after)
    )
    for row in conn.execute(query):
        yield Said(row.key, row.path, msgspec.json.decode(row.value))


def contested_by_erpnext(conn: Connection) -> Iterator[Said]:
    """The values of ERPNext over which somebody has to choose, or had to."""
    for body in conn.scalars(select(conflict.c.body)):
        contested = msgspec.json.decode(body, type=Conflict)
        if contested.other_author == ERP.name:
            yield Said(contested.key, contested.path, contested.theirs)


def blind_edits(conn: Connection) -> list[str]:
    """The edits of technicians that stand over what somebody else had written since their base."""
    edit, earlier = change.alias("edit"), change.alias("earlier")
    theirs = mutation.c.kind == Kind.EDIT, mutation.c.actor_kind == ActorKind.TECHNICIAN.value
    before = (
        select(func.max(earlier.c.sequence))
        .where(
            earlier.c.key == edit.c.key,
            earlier.c.path == edit.c.path,
            earlier.c.sequence < edit.c.sequence,
            earlier.c.writer != edit.c.writer,
        )
        .scalar_subquery()
    )
    query = (
        select(mutation.c.id, mutation.c.payload, before.label("before"))
        .join(edit, edit.c.mutation == mutation.c.id)
        .where(*theirs)
    )
    rows = [(row, msgspec.json.decode(row.payload)["base"]) for row in conn.execute(query)]
    return [f"{row.id} on {base}" for row, base in rows if (row.before or 0) > base]


def untold(conn: Connection) -> list[str]:
    """What technicians did and is filed, of which their phones have had no word; a photo waits for
    its file."""
    technicians = mutation.c.actor_kind == ActorKind.TECHNICIAN.value
    theirs = and_(technicians, mutation.c.kind.not_in(ATTACHED))
    told = exists().where(receipt.c.mutation == mutation.c.id)
    query = select(mutation.c.id).join(outbox, outbox.c.mutation == mutation.c.id)
    return sorted(conn.scalars(query.where(theirs, outbox.c.fate == Fate.FILED.value, ~told)))


def disputed(conn: Connection, key: str) -> frozenset[str]:
    """The cells of a record over which somebody has still to choose."""
    query = select(conflict.c.path).where(
        conflict.c.key == key, conflict.c.closed_at.is_(None), conflict.c.soft == 0
    )
    return frozenset(conn.scalars(query))


def attached(conn: Connection) -> dict[str, str]:
    """The photos whose mutation is filed and that do not wait for ERPNext any more, by mutation:
    the SHA-256 of each."""
    waits = exists().where(attachment.c.mutation == mutation.c.id)
    return _photos(conn, outbox.c.fate == Fate.FILED.value, ~waits)


def unattached(conn: Connection) -> dict[str, str]:
    """The photos whose mutation is filed and that still wait for ERPNext."""
    waits = exists().where(attachment.c.mutation == mutation.c.id)
    return _photos(conn, outbox.c.fate == Fate.FILED.value, waits)


def _photos(conn: Connection, *which: ColumnElement[bool]) -> dict[str, str]:
    """Those whose bytes the server said it has."""
    said = exists().where(change.c.path.startswith("photos/"), change.c.mutation == mutation.c.id)
    query = (
        select(mutation.c.id, blob.c.sha256)
        .join(outbox, outbox.c.mutation == mutation.c.id)
        .join(blob_reference, blob_reference.c.mutation == mutation.c.id)
        .join(
            blob,
            (blob.c.sha256 == blob_reference.c.sha256) & (blob.c.device == mutation.c.device),
        )
        .where(said, mutation.c.kind == Kind.PHOTO, blob.c.complete_at.is_not(None), *which)
    )
    return {row.id: row.sha256 for row in conn.execute(query)}


def has_equipment(conn: Connection, key: str) -> bool:
    """Whether a serial was ever reported on a visit."""
    line = change.c.key == key, change.c.path.startswith("equipment/")
    return conn.execute(select(change.c.path).where(*line)).first() is not None
