"""Takes a batch: numbering, idempotency, one verdict a mutation, and the plan to store.

`plan_push` works on the State's overlay and gives back everything one transaction must write. An
exception in a mutation's decision parks that mutation alone: a decision is pure, so there is
nothing to undo.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from sync.collections import MOVES
from sync.conflicts import followed
from sync.decide import decide
from sync.decision import Decision
from sync.evidence import missing_evidence
from sync.job_status import JobStatus
from sync.protocol import Conflict, Kind, Mutation, Outcome, Refusal, VerdictDetail
from sync.state import (
    Actor,
    ActorKind,
    Binding,
    Cell,
    Contested,
    Record,
    State,
    Stay,
    StoredVerdict,
)
from sync.upstream_mutation import decide_upstream
from sync.verification import is_partial

# What a completion writes that ERPNext must hear of once it is released.
_COMPLETION: Final = ("status", "reason", "completed_at")
# Outcomes whose effect ERPNext must hear of.
_TOLD: Final = frozenset(
    {Outcome.APPLIED, Outcome.MERGED, Outcome.NOOP, Outcome.SUPERSEDED, Outcome.CONFLICT}
)
# What ERPNext never hears of.
_UNTOLD: Final = frozenset({Kind.VOID, Kind.SEEN})

Replica = tuple[str, int]


class Submitted(NamedTuple):
    """A mutation as it came: `payload` is kept for ever; `fault` says why it cannot be read."""

    mutation: Mutation
    payload: bytes
    payload_hash: str
    fault: str = ""


class Accepted(NamedTuple):
    """One mutation to store, with its verdict, its actor and the (device, epoch) it came from;
    None for one that has no replica."""

    submitted: Submitted
    actor: Actor
    outcome: Outcome
    detail: VerdictDetail
    replica: Replica | None


class CellWrite(NamedTuple):
    """One cell to store."""

    key: str
    path: str
    cell: Cell
    mutation: str


class Intent(NamedTuple):
    """What ERPNext must hear: the lane (record key), the mutation and its cells."""

    lane: str
    mutation: str
    paths: tuple[str, ...]


class Verdict(NamedTuple):
    """What the phone is told of one mutation."""

    id: str
    outcome: Outcome
    detail: VerdictDetail


class Answer(NamedTuple):
    """The answer to one push: verdicts in the order sent, or a refusal of the whole."""

    verdicts: tuple[Verdict, ...]
    refusal: Refusal | None = None
    expect: int | None = None


class Plan:
    """What one transaction must write, gathered over all its pushes."""

    def __init__(self) -> None:
        self.accepted: list[Accepted] = []
        self.writes: list[CellWrite] = []
        self.conflicts: list[Conflict] = []
        self.settled: dict[str, Conflict] = {}
        self.intents: list[Intent] = []
        self.bindings: dict[str, Binding | None] = {}
        self.created: list[Record] = []
        self.tombstones: dict[str, int | None] = {}
        self.changed: set[str] = set()
        self.steps: list[tuple[int, str]] = []


def plan_push(
    state: State, plan: Plan, actor: Actor, device: str, epoch: int, batch: Iterable[Submitted]
) -> Answer:
    """Plan one replica's push, in order of `seq`, into `plan`; `state` sees each effect at once.

    A known mutation gives its stored verdict, wherever it was numbered first; an unknown one at a
    seq that is taken is a fork, a seq above last + 1 a gap. What came before a refusal stays
    accepted: its verdicts are in the answer.
    """
    replica = device, epoch
    last = state.replicas.setdefault(replica, 0)
    verdicts: list[Verdict] = []
    for submitted in batch:
        seq = submitted.mutation.seq
        if seq > last + 1:
            return Answer(tuple(verdicts), Refusal.GAP, last + 1)
        if seq <= last and submitted.mutation.id not in state.stored:
            return Answer(tuple(verdicts), Refusal.FORK, last + 1)
        verdicts.append(submit(state, plan, actor, submitted, replica))
        last = state.replicas[replica] = max(last, seq)
    return Answer(tuple(verdicts))


def submit(
    state: State, plan: Plan, actor: Actor, submitted: Submitted, replica: Replica | None = None
) -> Verdict:
    """Give the stored verdict of a known mutation, or decide a new one and absorb it."""
    mutation = submitted.mutation
    known = state.stored.get(mutation.id)
    if known is not None:
        same = known.payload_hash == submitted.payload_hash
        rejected = Verdict(mutation.id, Outcome.REJECTED, VerdictDetail(reason="mutated"))
        return Verdict(mutation.id, known.outcome, known.detail) if same else rejected
    decision = _decided(state, actor, submitted)
    if replica is not None or _changes(decision):
        _step(state, plan, mutation)
    detail = _absorb(state, plan, actor, mutation, decision)
    state.stored[mutation.id] = StoredVerdict(submitted.payload_hash, decision.outcome, detail)
    plan.accepted.append(Accepted(submitted, actor, decision.outcome, detail, replica))
    return Verdict(mutation.id, decision.outcome, detail)


def _decided(state: State, actor: Actor, submitted: Submitted) -> Decision:
    if submitted.fault:
        return Decision(Outcome.PARKED, submitted.fault)
    try:
        if submitted.mutation.kind == Kind.UPSTREAM and actor.writer == "erp":
            return decide_upstream(state, actor, submitted.mutation)
        return decide(state, actor, submitted.mutation)
    except Exception as error:  # noqa: BLE001  (a poison mutation must never block the queue)
        return Decision(Outcome.PARKED, f"exception:{type(error).__name__}")


def _absorb(
    state: State, plan: Plan, actor: Actor, mutation: Mutation, decision: Decision
) -> VerdictDetail:
    _absorb_record(state, plan, actor, mutation, decision)
    _follow(state, plan, actor, mutation, decision)
    _write(state, plan, actor, mutation, decision.writes)
    _absorb_conflicts(state, plan, mutation, decision)
    _absorb_bindings(state, plan, decision)
    own = actor.kind is not ActorKind.ERP and mutation.kind not in _UNTOLD
    if decision.outcome in _TOLD and own and not is_partial(mutation):
        plan.intents.append(Intent(mutation.key, mutation.id, decision.paths))
    if decision.writes:
        _release(state, plan, actor, mutation)
        _unsee(state, plan, actor, mutation, decision)
    effective = decision.outcome not in (Outcome.REJECTED, Outcome.PARKED)
    conflict = decision.conflicts[0].id if decision.conflicts else ""
    return VerdictDetail(state.sequence if effective else 0, decision.reason, conflict)


def _step(state: State, plan: Plan, mutation: Mutation) -> None:
    """Take the next place in the feed.

    A phone's mutation takes one whatever came of it, a refusal too: a server that lost the verdict
    with the end of its feed shows it by its hash, and the phone sends the mutation again.
    """
    state.sequence += 1
    plan.steps.append((state.sequence, mutation.id))


def _changes(decision: Decision) -> bool:
    """Whether anybody who follows the feed must hear of it."""
    told = decision.writes or decision.conflicts or decision.settles or decision.creates
    return bool(told) or decision.deletes or decision.revives


def _absorb_record(
    state: State, plan: Plan, actor: Actor, mutation: Mutation, decision: Decision
) -> None:
    if decision.creates:
        record = Record(mutation.key, upstream_name=decision.upstream_name or None)
        state.records[mutation.key] = record
        plan.created.append(record)
    if decision.deletes or decision.revives:
        state.records[mutation.key].deleted = decision.deletes
        plan.tombstones[mutation.key] = state.sequence if decision.deletes else None
        plan.changed.add(mutation.key)
    if decision.revives:  # whoever brought it back goes on with it in this very batch
        stays = state.stays.get((actor.id, mutation.key), ())
        state.stays[actor.id, mutation.key] = (*stays, Stay(state.sequence, None))


def _absorb_conflicts(state: State, plan: Plan, mutation: Mutation, decision: Decision) -> None:
    for clash in decision.conflicts:
        _contest(state, plan, mutation, clash)
    if decision.settles is not None:
        _settle(state, plan, decision.settles)


def _settle(state: State, plan: Plan, settled: Conflict) -> None:
    plan.settled[settled.id] = settled
    contested = state.contested.get(settled.id)
    if contested is not None:
        state.contested[settled.id] = contested._replace(conflict=settled)
    if settled.closed_at:
        state.conflicts.pop((settled.key, settled.path), None)
    else:
        state.conflicts[settled.key, settled.path] = settled


def _follow(state: State, plan: Plan, actor: Actor, mutation: Mutation, decision: Decision) -> None:
    """Have the open conflicts over what is written here name it, unless this is about them."""
    meant = {each.path for each in decision.conflicts}
    if decision.settles:
        meant.add(decision.settles.path)
    for path in sorted(decision.writes.keys() - meant):
        open_ = state.conflicts.get((mutation.key, path))
        if open_ is not None:
            _settle(state, plan, followed(open_, actor, mutation, decision.writes[path]))


def _contest(state: State, plan: Plan, mutation: Mutation, clash: Conflict) -> None:
    """Open a conflict, or go on with an open one: a choice later in this batch is about both
    values as they are now, and what was settled earlier in it was about the former ones."""
    plan.conflicts.append(clash)
    plan.settled.pop(clash.id, None)
    state.conflicts[clash.key, clash.path] = clash
    known = state.contested.get(clash.id)
    if known is not None:
        lost = mutation if clash.mutation == mutation.id else known.mutation
        state.contested[clash.id] = Contested(clash, lost)


def _absorb_bindings(state: State, plan: Plan, decision: Decision) -> None:
    if decision.outcome in (Outcome.NOOP, Outcome.REJECTED):
        return
    plan.bindings.update(decision.bindings)
    for serial, binding in decision.bindings.items():
        if binding is None:
            state.bindings.pop(serial, None)
        else:
            state.bindings[serial] = binding


def _release(state: State, plan: Plan, actor: Actor, mutation: Mutation) -> None:
    """Let a held completion go to ERPNext once its evidence is there, or the office says so; of one
    that no longer stands, by somebody's choice, only that it was made."""
    record = state.records.get(mutation.key)
    held = record.cells.get("held") if record else None
    if record is None or held is None or held.value is None or held.value == mutation.id:
        return
    stands = record.cells["status"].value == JobStatus.COMPLETED
    if stands and mutation.kind != Kind.RELEASE and missing_evidence(record.values()):
        return
    paths = (*(_COMPLETION if stands else ()), f"marks/{held.value}")
    plan.intents.append(Intent(mutation.key, str(held.value), paths))
    _write(state, plan, actor, mutation, {"held": None})


def _unsee(state: State, plan: Plan, actor: Actor, mutation: Mutation, decision: Decision) -> None:
    """What was moved since has been seen by nobody."""
    if decision.writes.keys() & set(MOVES) and (seen := state.cells(mutation.key).get("seen")):
        _write(state, plan, actor, mutation, {"seen": None} if seen.value else {})


def _write(
    state: State, plan: Plan, actor: Actor, mutation: Mutation, writes: dict[str, Any]
) -> None:
    for path, value in writes.items():
        cells = state.records[mutation.key].cells
        before = cells.get(path)
        other = before.foreign_to(actor.writer) if before else 0
        cell = Cell(value, state.sequence, actor.writer, actor.name, mutation.made_at, other)
        cells[path] = cell
        plan.writes.append(CellWrite(mutation.key, path, cell, mutation.id))
        plan.changed.add(mutation.key)
