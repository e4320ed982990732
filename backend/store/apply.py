"""Applies mutations: load, plan with `sync`, save, in the caller's transaction."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, insert, select

from backend.store import feed
from backend.store.clock import Clock
from backend.store.lanes import enqueue
from backend.store.load import load_state, touched
from backend.store.pokes import ANYONE
from backend.store.scopes import holders, rescope
from backend.store.tables import binding, cell, change, conflict, mutation, record, replica
from backend.store.upsert import upsert
from sync.collections import collection_of, is_job
from sync.protocol import Conflict, Mutation
from sync.push import Answer, Plan, Submitted, Verdict, plan_push, submit
from sync.scope import SCOPE_FIELDS
from sync.state import Actor, State

SERVER_DEVICE = "server"


class Push(NamedTuple):
    """One replica's batch."""

    actor: Actor
    device: str
    epoch: int
    batch: tuple[Submitted, ...]


class Applied(NamedTuple):
    """What came of a transaction's mutations, and which technicians to poke."""

    answers: list[Answer]
    poked: frozenset[str]


class Decided(NamedTuple):
    """The verdicts of mutations without a replica, and which technicians to poke."""

    verdicts: list[Verdict]
    poked: frozenset[str]


def submitted(mutation: Mutation, payload: bytes | None = None, fault: str = "") -> Submitted:
    """A mutation ready to apply. The hash leaves out what a re-stamp after a fork may change."""
    core = msgspec.structs.replace(mutation, seq=0)
    digest = hashlib.sha256(msgspec.json.encode(core, order="sorted")).hexdigest()
    return Submitted(mutation, payload or msgspec.json.encode(mutation), digest, fault)


def apply_pushes(conn: Connection, pushes: Sequence[Push], clock: Clock) -> Applied:
    """Apply the pushes of many replicas as one batch; one Answer each, in order."""
    head = feed.take(conn)
    everything = [each.mutation for push in pushes for each in push.batch]
    seqs = {(p.device, p.epoch, each.mutation.seq) for p in pushes for each in p.batch}
    names = touched(everything, {(p.device, p.epoch) for p in pushes}, seqs)
    state, plan = load_state(conn, head, names), Plan()
    answers, places = [], {}
    for push in pushes:
        answers.append(plan_push(state, plan, *push))
        places.update({each.mutation.id: (push.device, push.epoch) for each in push.batch})
    save_plan(conn, head, state, plan, places, clock)
    numbering = [
        {"device": device, "epoch": epoch, "last_seq": known.last_seq}
        for (device, epoch), known in state.replicas.items()
    ]
    upsert(conn, replica, numbering)
    return Applied(answers, _poked(conn, plan))


def apply_mutations(
    conn: Connection, actor: Actor, mutations: Iterable[Mutation], clock: Clock
) -> Decided:
    """Apply mutations that have no replica: ERPNext's, the office's, the label reader's.

    Idempotent by mutation id.
    """
    head = feed.take(conn)
    batch = [submitted(each) for each in mutations]
    state = load_state(conn, head, touched((each.mutation for each in batch), (), set()))
    plan = Plan()
    verdicts = [submit(state, plan, actor, each) for each in batch]
    save_plan(conn, head, state, plan, {}, clock)
    return Decided(verdicts, _poked(conn, plan))


def save_plan(
    conn: Connection,
    head: feed.Head,
    state: State,
    plan: Plan,
    places: dict[str, tuple[str, int]],
    clock: Clock,
) -> None:
    """Write everything a plan holds, by executemany."""
    _save_records(conn, state, plan)
    _save_cells(conn, plan)
    _save_mutations(conn, plan, places, clock.now_ms)
    _save_conflicts(conn, state, plan)
    feed.advance(conn, head, plan.steps, clock.now_ms)
    enqueue(conn, plan.intents, clock.now_ms)
    moved = {w.key for w in plan.writes if w.path in SCOPE_FIELDS and is_job(w.key)}
    rescope(conn, moved, clock.today, state.sequence)


def _save_records(conn: Connection, state: State, plan: Plan) -> None:
    created = {each.key: state.sequence for each in plan.created}
    newest = created | {write.key: write.cell.sequence for write in plan.writes}
    rows = [
        {
            "key": key,
            "collection": collection_of(key),
            "upstream_name": state.records[key].upstream_name,
            "sequence": sequence,
            "deleted": None,
        }
        for key, sequence in sorted(newest.items())
    ]
    upsert(conn, record, rows, keep="collection upstream_name deleted")
    bound = [{"serial": s, "key": b.key, "mutation": b.mutation} for s, b in plan.bindings.items()]
    upsert(conn, binding, bound)


def _save_cells(conn: Connection, plan: Plan) -> None:
    rows, history = {}, []
    for write in plan.writes:
        value = msgspec.json.encode(write.cell.value).decode()
        place = {"key": write.key, "path": write.path, "sequence": write.cell.sequence}
        rows[write.key, write.path] = place | {
            "value": value,
            "writer": write.cell.writer,
            "author": write.cell.author,
            "at": write.cell.at,
            "other": write.cell.other,
        }
        history.append(
            place | {"value": value, "writer": write.cell.writer, "mutation": write.mutation}
        )
    upsert(conn, cell, [rows[place] for place in sorted(rows)])
    if history:
        conn.execute(insert(change), history)


def _save_mutations(
    conn: Connection, plan: Plan, places: dict[str, tuple[str, int]], now_ms: int
) -> None:
    rows = []
    for each in plan.accepted:
        sent = each.submitted.mutation
        device, epoch = places.get(sent.id, (SERVER_DEVICE, 0))
        rows.append(
            {
                "id": sent.id,
                "device": device,
                "epoch": epoch,
                "seq": sent.seq if sent.id in places else None,
                "actor_kind": each.actor.kind.value,
                "actor": each.actor.id,
                "kind": sent.kind[:20],
                "key": sent.key[:80],
                "payload": each.submitted.payload,
                "payload_hash": each.submitted.payload_hash,
                "outcome": each.outcome.value,
                "detail": msgspec.json.encode(each.detail).decode(),
                "sequence": each.detail.sequence,
                "made_at": sent.made_at,
                "received_at": now_ms,
            }
        )
    if rows:
        conn.execute(insert(mutation), rows)


def _save_conflicts(conn: Connection, state: State, plan: Plan) -> None:
    bases = {each.submitted.mutation.id: each.submitted.mutation.base for each in plan.accepted}
    rows = [
        {
            "id": each.id,
            "key": each.key,
            "path": each.path,
            "soft": int(each.soft),
            "closed_at": None,
            "body": msgspec.json.encode(_with_base(conn, each, bases[each.mutation])).decode(),
            "sequence": state.sequence,
        }
        for each in {each.id: each for each in plan.conflicts}.values()
    ]
    upsert(conn, conflict, rows)


def _with_base(conn: Connection, clash: Conflict, base: int) -> Conflict:
    """The value both sides started from, out of the change history. Conflicts are rare."""
    query = (
        select(change.c.value)
        .where(change.c.key == clash.key, change.c.path == clash.path, change.c.sequence <= base)
        .order_by(change.c.sequence.desc())
        .limit(1)
    )
    value = conn.execute(query).scalar_one_or_none()
    return msgspec.structs.replace(clash, base=msgspec.json.decode(value) if value else None)


def _poked(conn: Connection, plan: Plan) -> frozenset[str]:
    if not plan.accepted:
        return frozenset()
    return holders(conn, plan.changed | {each.key for each in plan.conflicts}) | {ANYONE}
