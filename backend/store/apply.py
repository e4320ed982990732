"""Applies mutations: load, plan with `sync`, save, in the caller's transaction."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from backend.store import attachments, feed
from backend.store.blobs.received import PHOTO_KINDS, SERVER, received_before
from backend.store.blobs.references import save_references
from backend.store.clock import Clock
from backend.store.equipment import keep_identities
from backend.store.lanes import enqueue
from backend.store.links import dismiss
from backend.store.load import load_state, touched
from backend.store.pokes import ANYONE
from backend.store.scopes import holders, rescope
from backend.store.shadows import ERPNEXT, read_state
from backend.store.tables import binding, cell, change, conflict, mutation, record, replica
from backend.store.upsert import upsert
from sync.collections import collection_of, is_job
from sync.protocol import Conflict, Kind, Mutation, Outcome
from sync.push import Accepted, Answer, Plan, Replica, Submitted, Verdict, plan_push, submit
from sync.rights import base_of
from sync.scope import SCOPE_FIELDS, is_outage
from sync.state import Actor, ActorKind, Binding, State

SERVER_DEVICE = "server"
# Built once: making one costs more than the database takes for a row of it.
_ADD_CHANGES: Final = insert(change)
_ADD_MUTATIONS: Final = insert(mutation)


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
    names = touched(everything, {(p.device, p.epoch) for p in pushes})
    state, plan = load_state(conn, head, names), Plan()
    answers = [plan_push(state, plan, *push) for push in pushes]
    save_plan(conn, head, state, plan, clock)
    numbering = [
        {"device": device, "epoch": epoch, "last_seq": last_seq}
        for (device, epoch), last_seq in state.replicas.items()
    ]
    upsert(conn, replica, numbering)
    return Applied(answers, _poked(conn, plan) | _tell_received(conn, plan, clock))


def apply_mutations(
    conn: Connection, actor: Actor, mutations: Iterable[Mutation], clock: Clock
) -> Decided:
    """Apply mutations that have no replica: ERPNext's, the office's, the label reader's.

    Idempotent by mutation id.
    """
    return apply_submitted(conn, actor, [submitted(each) for each in mutations], clock)


def apply_submitted(
    conn: Connection,
    actor: Actor,
    batch: Sequence[Submitted],
    clock: Clock,
    replica: Replica | None = None,
) -> Decided:
    """Apply mutations without numbers, each once; `replica` is where they were made, if any."""
    head = feed.take(conn)
    state = load_state(conn, head, touched(each.mutation for each in batch))
    plan = Plan()
    verdicts = [submit(state, plan, actor, each, replica) for each in batch]
    save_plan(conn, head, state, plan, clock)
    told = _tell_received(conn, plan, clock) if replica else frozenset()
    return Decided(verdicts, _poked(conn, plan) | told)


def _tell_received(conn: Connection, plan: Plan, clock: Clock) -> frozenset[str]:
    """Say of new mutations that their photos came before them; gives whom to poke."""
    photos = {each.submitted.mutation.id for each in plan.accepted if _names_photo(each)}
    here = received_before(conn, photos, clock.now_ms)
    return apply_mutations(conn, SERVER, here, clock).poked if here else frozenset()


def _names_photo(accepted: Accepted) -> bool:
    return accepted.submitted.mutation.kind in PHOTO_KINDS


def save_plan(conn: Connection, head: feed.Head, state: State, plan: Plan, clock: Clock) -> None:
    """Write everything a plan holds, by executemany."""
    _save_records(conn, state, plan)
    _save_cells(conn, plan)
    keep_identities(conn, plan.writes)
    _save_mutations(conn, plan, clock.now_ms)
    save_references(conn, (each.submitted for each in plan.accepted))
    _save_conflicts(conn, head, state, plan)
    feed.advance(conn, head, plan.steps, clock.now_ms)
    enqueue(conn, plan.intents, clock.now_ms)
    attachments.enqueue(conn, _received(plan), clock.now_ms)
    dismiss(conn, _dismissed(plan), clock.now_ms)
    moved = {write.key for write in plan.writes if write.path in SCOPE_FIELDS}
    jobs = {key for key in moved | set(plan.tombstones) if is_job(key)}
    if jobs:
        rescope(conn, jobs, clock.today, state.sequence, outage=_is_outage(conn, clock))


def _received(plan: Plan) -> set[str]:
    """The mutations whose photos have come."""
    sent = (each.submitted.mutation for each in plan.accepted if each.outcome is Outcome.APPLIED)
    return {str(each.args["photo"]) for each in sent if each.kind == Kind.RECEIVED}


def _dismissed(plan: Plan) -> set[str]:
    """The technicians whom the office has disabled."""
    disabled = (each for each in plan.writes if each.path == "active" and each.cell.value is False)
    return {each.key for each in disabled if collection_of(each.key) == "technician"}


def _is_outage(conn: Connection, clock: Clock) -> bool:
    state = read_state(conn, ERPNEXT)
    return is_outage(state.down_since if state else None, clock.now_ms)


def _save_records(conn: Connection, state: State, plan: Plan) -> None:
    created = {each.key: state.sequence for each in plan.created}
    moved = dict.fromkeys(plan.tombstones, state.sequence)
    newest = created | moved | {write.key: write.cell.sequence for write in plan.writes}
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
    for key, deleted in plan.tombstones.items():
        conn.execute(update(record).where(record.c.key == key).values(deleted=deleted))
    _save_bindings(conn, plan.bindings)


def _save_bindings(conn: Connection, bindings: Mapping[str, Binding | None]) -> None:
    bound = [
        {"serial": serial, "key": each.key, "mutation": each.mutation}
        for serial, each in sorted(bindings.items())
        if each is not None
    ]
    upsert(conn, binding, bound)
    freed = sorted(serial for serial, each in bindings.items() if each is None)
    if freed:
        conn.execute(delete(binding).where(binding.c.serial.in_(freed)))


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
        conn.execute(_ADD_CHANGES, history)


def _save_mutations(conn: Connection, plan: Plan, now_ms: int) -> None:
    rows = []
    for each in plan.accepted:
        sent = each.submitted.mutation
        device, epoch = each.replica or (SERVER_DEVICE, 0)
        rows.append(
            {
                "id": sent.id,
                "device": device,
                "epoch": epoch,
                "seq": sent.seq or None,
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
        conn.execute(_ADD_MUTATIONS, rows)


def _save_conflicts(conn: Connection, head: feed.Head, state: State, plan: Plan) -> None:
    made = {each.submitted.mutation.id: each.submitted.mutation for each in plan.accepted}
    opened = {}
    for each in plan.conflicts:
        lost = made.get(each.mutation)
        by_phone = lost is not None and lost.kind != Kind.UPSTREAM
        base = base_of(state, lost) if lost and by_phone else None
        opened[each.id] = _with_base(conn, each, base, head.sequence)
    settled = {
        each.id: msgspec.structs.replace(each, base=opened.get(each.id, each).base)
        for each in plan.settled.values()
    }
    rows = [
        {
            "id": each.id,
            "key": each.key,
            "path": each.path,
            "soft": int(each.soft),
            "closed_at": each.closed_at or None,
            "body": msgspec.json.encode(each).decode(),
            "sequence": state.sequence,
        }
        for each in (opened | settled).values()
    ]
    upsert(conn, conflict, rows)


def _with_base(conn: Connection, clash: Conflict, base: int | None, head: int) -> Conflict:
    """The value both sides started from, out of the change history. Conflicts are rare.

    A phone's mutation names its base; ERPNext's own (None) started from what ERPNext said last.
    """
    if clash.base is not None:  # one that is still open, seen again
        return clash
    seen = [change.c.key == clash.key, change.c.path == clash.path]
    if base is None:
        seen += [change.c.sequence <= head, change.c.writer == ActorKind.ERP.value]
    else:
        seen.append(change.c.sequence <= base)
    newest = select(change.c.value).where(*seen).order_by(change.c.sequence.desc()).limit(1)
    value = conn.execute(newest).scalar_one_or_none()
    return msgspec.structs.replace(clash, base=msgspec.json.decode(value) if value else None)


def _poked(conn: Connection, plan: Plan) -> frozenset[str]:
    if not plan.accepted:
        return frozenset()
    disputed = {each.key for each in (*plan.conflicts, *plan.settled.values())}
    return holders(conn, plan.changed | disputed) | {ANYONE}
