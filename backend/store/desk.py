"""Reads what the office must do or know besides the day's visits: one snapshot, few queries."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, and_, case, func, or_, select

from backend.store.equipment import cells_of
from backend.store.outages import Outage, open_outages
from backend.store.refusals import is_closed
from backend.store.tables import cell, conflict, feed, mutation, outbox
from sync.collections import MOVES
from sync.conflicts import UNDO_MS
from sync.protocol import Conflict, Fate, Kind, Outcome
from sync.state import ActorKind

HELD_LIMIT: Final = 200
_REFUSED: Final = (Outcome.REJECTED.value, Outcome.PARKED.value)
_COMPLETING: Final = (Kind.STATUS.value, Kind.RESOLVE.value)

Rows = Sequence[Any]
Cells = dict[str, dict[str, Any]]


class DeskRows(NamedTuple):
    """Instants in UTC ms.

    `proofs`: technician, told (gestures of the day that ERPNext must hear of), filed, refused,
    first_at, last_at. `held`: id, key, actor, made_at, of completions without their evidence, whose
    visits' cells are `held_cells`. `decided` are conflicts that may still be opened again. `moved`
    says when the office last moved a visit.
    """

    proofs: Rows
    held: Rows
    held_cells: Cells
    decided: list[Conflict]
    outages: Sequence[Outage]
    moved: dict[str, int]


def read_desk(
    conn: Connection, visits: Sequence[str], day_began: int | None, now_ms: int, since: int
) -> DeskRows:
    """Everything of one moment of the day that began at `day_began` (None: nobody's is proved), and
    what is held `since`."""
    held = _held(conn, since)
    return DeskRows(
        proofs=() if day_began is None else _proofs(conn, day_began),
        held=held,
        held_cells=cells_of(conn, (row.key for row in held)),
        decided=_decided(conn, now_ms),
        outages=open_outages(conn),
        moved=_moved(conn, visits),
    )


def _proofs(conn: Connection, day_began: int) -> Rows:
    """By what their phones' clocks say of today. A refusal that was closed needs nobody."""
    refused = and_(mutation.c.outcome.in_(_REFUSED), ~is_closed())
    query = (
        select(
            mutation.c.actor.label("technician"),
            func.count().label("told"),
            _how_many(outbox.c.fate == Fate.FILED.value).label("filed"),
            _how_many(or_(refused, outbox.c.fate == Fate.REFUSED.value)).label("refused"),
            func.min(mutation.c.made_at).label("first_at"),
            func.max(mutation.c.made_at).label("last_at"),
        )
        .outerjoin(outbox, outbox.c.mutation == mutation.c.id)
        .where(
            mutation.c.made_at >= day_began,
            mutation.c.actor_kind == ActorKind.TECHNICIAN.value,
            or_(outbox.c.id.is_not(None), mutation.c.outcome == Outcome.HELD.value, refused),
        )
        .group_by(mutation.c.actor)
    )
    return conn.execute(query).all()


def _how_many(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _held(conn: Connection, since: int) -> Rows:
    """Completions that still wait: each is what its visit's cell `held` names."""
    waits = and_(cell.c.key == mutation.c.key, cell.c.path == "held")
    query = (
        select(mutation.c.id, mutation.c.key, mutation.c.actor, mutation.c.made_at)
        .join(cell, waits)
        .where(
            mutation.c.kind.in_(_COMPLETING),
            mutation.c.received_at > since,
            mutation.c.outcome == Outcome.HELD.value,
            cell.c.value == '"' + mutation.c.id + '"',
        )
    )
    return conn.execute(query.order_by(mutation.c.made_at).limit(HELD_LIMIT)).all()


def _decided(conn: Connection, now_ms: int) -> list[Conflict]:
    recent = conflict.c.closed_at > now_ms - UNDO_MS, conflict.c.soft == 0
    query = select(conflict.c.body).where(*recent).order_by(conflict.c.closed_at.desc())
    return [msgspec.json.decode(body, type=Conflict) for body in conn.execute(query).scalars()]


def _moved(conn: Connection, visits: Iterable[str]) -> dict[str, int]:
    query = (
        select(cell.c.key, func.max(feed.c.at))
        .join(feed, feed.c.sequence == cell.c.sequence)
        .join(mutation, mutation.c.id == feed.c.mutation)
        .where(
            cell.c.key.in_(list(visits)),
            cell.c.path.in_(MOVES),
            mutation.c.actor_kind == ActorKind.OFFICE.value,
        )
        .group_by(cell.c.key)
    )
    return {row[0]: row[1] for row in conn.execute(query)}
