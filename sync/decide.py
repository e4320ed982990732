"""Decides one mutation: its outcome, the cells it writes, the conflicts it leaves.

Pure: reads the State, returns a Decision, changes nothing.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from sync.bindings import bindings_after, bound_elsewhere
from sync.collections import Policy, is_editable, is_job, may_hold, policy_of
from sync.conflicts import DELETED, TAKEN_AWAY, Sides, clash, overruling, resolve
from sync.creation import decide_creation
from sync.decision import Decision, reject
from sync.effects import effects, status_facts
from sync.evidence import missing_evidence
from sync.job_status import JobStatus, is_field_path, is_field_step, parse_status
from sync.merge import CONTESTED, CellMerge, merge_cell, merge_office_cell
from sync.protocol import Conflict, Kind, Mutation, Outcome
from sync.rights import access_fault, base_of
from sync.state import Actor, ActorKind, Cell, State
from sync.writes import Fault, Writes

_FIELD_EDITS: Final = frozenset({Policy.OWNED, Policy.SHARED})
_BINDING_KINDS: Final = frozenset({Kind.EQUIPMENT, Kind.CORRECT})
_RANK: Final = (
    Outcome.NOOP,
    Outcome.APPLIED,
    Outcome.SUPERSEDED,
    Outcome.MERGED,
    Outcome.HELD,
    Outcome.CONFLICT,
)


def decide(state: State, actor: Actor, mutation: Mutation) -> Decision:
    """Decide `mutation` of `actor` against `state`; raises nothing for bad input."""
    if mutation.kind == Kind.VOID:
        return Decision(Outcome.NOOP, "void")
    if mutation.kind == Kind.OPAQUE:
        return Decision(Outcome.PARKED, "opaque")
    if parked := _parked_dependency(state, mutation):
        return Decision(Outcome.PARKED, f"depends-on:{parked}")
    try:
        if mutation.kind == Kind.CREATE:
            return decide_creation(state, actor, mutation)
        if fault := access_fault(state, actor, mutation):
            return reject(fault)
        return _gated(state, actor, mutation, _decided(state, actor, mutation))
    except msgspec.ValidationError:
        return reject("bad-args")


def _parked_dependency(state: State, mutation: Mutation) -> str:
    return next(
        (d for d in mutation.deps if d in state.stored and _is_parked(state, d)),
        "",
    )


def _is_parked(state: State, mutation_id: str) -> bool:
    return state.stored[mutation_id].outcome is Outcome.PARKED


def _decided(state: State, actor: Actor, mutation: Mutation) -> Decision:
    record = state.records[mutation.key]
    if mutation.kind == Kind.DELETE:
        gone = record.deleted
        return Decision(Outcome.NOOP if gone else Outcome.APPLIED, deletes=not gone)
    if mutation.kind == Kind.RESOLVE:
        return resolve(state, actor, mutation)
    written = effects(mutation, record.values(), actor.name)
    if isinstance(written, Fault):
        return _faulty(state, actor, mutation, written)
    if record.deleted:
        return _kept_facts(state, actor, mutation, DELETED, written)
    if not state.holds(actor.id, mutation.key) and _moves_status(actor, mutation):
        return _kept_facts(state, actor, mutation, TAKEN_AWAY, written)
    return _merged(state, actor, mutation, written)


def _moves_status(actor: Actor, mutation: Mutation) -> bool:
    return actor.kind is ActorKind.TECHNICIAN and mutation.kind == Kind.STATUS


def _faulty(state: State, actor: Actor, mutation: Mutation, fault: Fault) -> Decision:
    """A status step that became illegal because the office moved the job is a conflict."""
    status = state.cells(mutation.key).get("status")
    moved = status is not None and status.foreign_to(actor.writer) > base_of(state, mutation)
    if fault.code == "illegal-step" and moved:
        path = "status" if state.holds(actor.id, mutation.key) else TAKEN_AWAY
        return _kept_facts(state, actor, mutation, path, {})
    return reject(fault.code)


def _kept_facts(
    state: State, actor: Actor, mutation: Mutation, path: str, written: Writes
) -> Decision:
    """The work is kept and a human chooses: what happened stays, what it steered waits."""
    facts = written
    if mutation.kind == Kind.STATUS:
        present = state.records[mutation.key].values()
        facts = status_facts(mutation, present, actor.name)
        if path == TAKEN_AWAY:  # his times never stand over those of whoever has it now
            facts = {cell: value for cell, value in facts.items() if cell not in present}
    mine = mutation.args.get("to") if path == "status" else actor.name
    sides = Sides(path, mine, True if path == DELETED else None)
    found = clash(state, actor, mutation, sides)
    return Decision(Outcome.CONFLICT, path, facts, (found,), tuple(facts), revives=path == DELETED)


def _merged(state: State, actor: Actor, mutation: Mutation, written: Writes) -> Decision:
    """Merge each written cell; the mutation's outcome is that of its most remarkable cell."""
    if fault := _field_fault(state, actor, mutation, written):
        return reject(fault)
    if mutation.kind in _BINDING_KINDS and (bound := bound_elsewhere(state, actor, mutation)):
        return bound
    merges = {path: _merge(state, actor, mutation, path, value) for path, value in written.items()}
    writes = {path: written[path] for path, merge in merges.items() if merge.write}
    overruled = _overruled(state, actor, mutation, writes)
    return Decision(
        _most_remarkable(state, mutation, merges),
        "",
        writes | ({"held": None} if overruled else {}),
        (*_clashes(state, actor, mutation, written, merges), *overruled),
        tuple(written),
        bindings_after(state, mutation),
    )


def _most_remarkable(state: State, mutation: Mutation, merges: Mapping[str, CellMerge]) -> Outcome:
    cells = state.cells(mutation.key)
    outcomes = [
        _status_outcome(cells, mutation, each.outcome, path) for path, each in merges.items()
    ]
    return max((Outcome.NOOP, *outcomes), key=_RANK.index)


def _clashes(
    state: State, actor: Actor, mutation: Mutation, written: Writes, merges: Mapping[str, CellMerge]
) -> tuple[Conflict, ...]:
    clashing = [path for path, merge in merges.items() if merge.clash]
    sides = (Sides(path, written[path], soft=merges[path].write) for path in clashing)
    return tuple(clash(state, actor, mutation, each) for each in sides)


def _merge(state: State, actor: Actor, mutation: Mutation, path: str, value: Any) -> CellMerge:
    """What becomes of one written value; an edit of a field over which somebody has still to
    choose is about that choice, whatever its author has seen."""
    policy = policy_of(mutation.key, path)
    assert policy is not None  # noqa: S101  (_field_fault has seen every path)
    by_office = actor.kind is ActorKind.OFFICE
    merging = merge_office_cell if by_office else merge_cell
    present, base = state.cells(mutation.key).get(path), base_of(state, mutation)
    merge = merging(policy, present, value, base, actor.writer)
    open_ = state.conflicts.get((mutation.key, path))
    if open_ is None or open_.soft or not merge.write:
        return merge
    if by_office:  # the value of the field is still the one to be chosen
        return merge._replace(clash=False)
    stands_for_him = present is not None and present.writer == actor.writer
    return CONTESTED if policy is Policy.SHARED and not stands_for_him else merge


def _overruled(
    state: State, actor: Actor, mutation: Mutation, writes: Writes
) -> tuple[Conflict, ...]:
    """A completion that was held back, and the status that the office wrote over it: two sides."""
    held = state.cells(mutation.key).get("held")
    edits = actor.kind is ActorKind.OFFICE and mutation.kind == Kind.EDIT
    if not (edits and "status" in writes and held and held.value):
        return ()
    mine = state.cells(mutation.key)["status"].value
    return (overruling(state, actor, mutation, Sides("status", mine, writes["status"])),)


def _field_fault(state: State, actor: Actor, mutation: Mutation, written: Writes) -> str:
    policies = [policy_of(mutation.key, path) for path in written]
    if None in policies:
        return "unknown-field"
    if mutation.kind == Kind.ACCEPT:
        return _accept_fault(state, actor, mutation)
    if mutation.kind != Kind.EDIT:
        return ""
    by_office = actor.kind is ActorKind.OFFICE
    if not by_office and Policy.OFFICE in policies:
        return "office-owned"
    # An edit names simple cells; an item's path is made by the mutation that makes the item.
    simple = all(is_editable(mutation.key, path) for path in written)
    if not simple or not (by_office or _FIELD_EDITS.issuperset(policies)):
        return "not-editable"
    right = all(may_hold(mutation.key, path, value) for path, value in written.items())
    return "" if right else "bad-args"


def _accept_fault(state: State, actor: Actor, mutation: Mutation) -> str:
    """A technician may answer for a warning; a failure that is let pass is the office's."""
    found = state.cells(mutation.key)[f"verifications/{mutation.args['verification']}"]
    failed = found.value.get("verdict") == "fail"
    return "office-decides" if failed and actor.kind is ActorKind.TECHNICIAN else ""


def _status_outcome(
    cells: Mapping[str, Cell], mutation: Mutation, outcome: Outcome, path: str
) -> Outcome:
    """A step that is legal only by way of others says `merged`: somebody moved meanwhile."""
    if path != "status" or mutation.kind != Kind.STATUS:
        return outcome
    present = cells.get("status")
    current = parse_status(present.value if present else None) or JobStatus.TODO
    to = parse_status(mutation.args.get("to")) or JobStatus.TODO
    direct = is_field_step(current, to)
    return outcome if direct or not is_field_path(current, to) else Outcome.MERGED


def _gated(state: State, actor: Actor, mutation: Mutation, decision: Decision) -> Decision:
    """The completion that can bill waits for its evidence: kept here, not sent to ERPNext.

    However it comes: as a step, or as the choice that ends a conflict. What the office itself
    writes needs no evidence.
    """
    completes = decision.writes.get("status") == JobStatus.COMPLETED and is_job(mutation.key)
    if not completes or (actor.kind is ActorKind.OFFICE and mutation.kind == Kind.EDIT):
        return decision
    after: dict[str, Any] = state.records[mutation.key].values() | decision.writes
    if not missing_evidence(after):
        return decision
    held = decision.writes | {"held": mutation.id}
    return msgspec.structs.replace(
        decision, outcome=Outcome.HELD, reason="evidence", writes=held, paths=()
    )
