"""Decides one mutation: its outcome, the cells it writes, the conflicts it leaves.

Pure: reads the State, returns a Decision, changes nothing.
"""

import hashlib
from typing import Any, Final

import msgspec

from sync.collections import Policy, policy_of
from sync.effects import Fault, effects, status_facts
from sync.job_status import JobStatus, is_field_path, is_field_step, parse_status
from sync.merge import merge_cell
from sync.protocol import Conflict, Kind, Mutation, Outcome
from sync.state import Actor, ActorKind, Binding, Cell, State

# Facts of a former assignee stay facts; what he may no longer do is steer the visit.
_FACTS: Final = frozenset({Kind.NOTE, Kind.CHECK, Kind.EQUIPMENT, Kind.SCAN, Kind.STATUS})
_EDITABLE: Final = frozenset({Policy.OWNED, Policy.SHARED})
_SYSTEM_KINDS: Final = frozenset({Kind.SCAN_READ, Kind.UPSTREAM})
_RANK: Final = (
    Outcome.NOOP,
    Outcome.APPLIED,
    Outcome.SUPERSEDED,
    Outcome.MERGED,
    Outcome.HELD,
    Outcome.CONFLICT,
)


class Decision(msgspec.Struct, frozen=True):
    """What to do with one mutation; `paths` are the cells that ERPNext must hear of."""

    outcome: Outcome
    reason: str = ""
    writes: dict[str, Any] = {}
    conflicts: tuple[Conflict, ...] = ()
    paths: tuple[str, ...] = ()
    binding: tuple[str, Binding] | None = None
    creates: str = ""


def reject(reason: str) -> Decision:
    """A permanent no, with its stable code."""
    return Decision(Outcome.REJECTED, reason)


def decide(state: State, actor: Actor, mutation: Mutation) -> Decision:
    """Decide `mutation` of `actor` against `state`; raises nothing for bad input."""
    if mutation.kind == Kind.VOID:
        return Decision(Outcome.NOOP, "void")
    if mutation.kind == Kind.OPAQUE:
        return Decision(Outcome.PARKED, "opaque")
    if parked := _parked_dependency(state, mutation):
        return Decision(Outcome.PARKED, f"depends-on:{parked}")
    if fault := _access_fault(state, actor, mutation):
        return reject(fault)
    present = state.records[mutation.key].values()
    written = effects(mutation, present, actor.name)
    if isinstance(written, Fault):
        return _faulty(state, actor, mutation, written)
    if not state.holds(actor.id, mutation.key) and _moves_status(actor, mutation):
        return _kept_facts(state, actor, mutation)
    return _merged(state, actor, mutation, written)


def _parked_dependency(state: State, mutation: Mutation) -> str:
    return next(
        (d for d in mutation.deps if d in state.stored and _is_parked(state, d)),
        "",
    )


def _is_parked(state: State, mutation_id: str) -> bool:
    return state.stored[mutation_id].outcome is Outcome.PARKED


def _access_fault(state: State, actor: Actor, mutation: Mutation) -> str:
    """The same answer for a record that does not exist and for one that is not his."""
    record = state.records.get(mutation.key)
    if record is None or record.deleted:
        return "unknown-record"
    if actor.kind is not ActorKind.TECHNICIAN:
        return ""
    if mutation.kind in _SYSTEM_KINDS:
        return "unknown-kind"
    if state.holds(actor.id, mutation.key):
        return ""
    was_his = state.held(actor.id, mutation.key, base_of(state, mutation))
    return "" if was_his and mutation.kind in _FACTS else "unknown-record"


def base_of(state: State, mutation: Mutation) -> int:
    """The trunk to compare with; a base of another server epoch proves nothing (0)."""
    return 0 if mutation.base_epoch not in ("", state.epoch) else mutation.base


def _moves_status(actor: Actor, mutation: Mutation) -> bool:
    return actor.kind is ActorKind.TECHNICIAN and mutation.kind == Kind.STATUS


def _faulty(state: State, actor: Actor, mutation: Mutation, fault: Fault) -> Decision:
    """A status step that became illegal because the office moved the job is a conflict."""
    status = state.cells(mutation.key).get("status")
    moved = status is not None and status.foreign_to(actor.writer) > base_of(state, mutation)
    if fault.code == "illegal-step" and moved:
        return _kept_facts(state, actor, mutation)
    return reject(fault.code)


def _kept_facts(state: State, actor: Actor, mutation: Mutation) -> Decision:
    record = state.records[mutation.key]
    facts = status_facts(mutation, record.values(), actor.name)
    path = "status" if state.holds(actor.id, mutation.key) else "technician"
    mine = mutation.args.get("to") if path == "status" else actor.name
    clash = _conflict(state, actor, mutation, path, mine, soft=False)
    return Decision(Outcome.CONFLICT, path, facts, (clash,), tuple(facts))


def _merged(state: State, actor: Actor, mutation: Mutation, written: dict[str, Any]) -> Decision:
    """Merge each written cell; the mutation's outcome is that of its most remarkable cell."""
    if fault := _field_fault(mutation, written):
        return reject(fault)
    if mutation.kind == Kind.EQUIPMENT and (bound := _bound_elsewhere(state, actor, mutation)):
        return bound
    base, cells = base_of(state, mutation), state.cells(mutation.key)
    outcomes, writes, conflicts = [Outcome.NOOP], {}, []
    for path, value in written.items():
        policy = policy_of(mutation.key, path)
        assert policy is not None  # noqa: S101  (_field_fault has seen every path)
        merge = merge_cell(policy, cells.get(path), value, base, actor.writer)
        outcomes.append(_status_outcome(cells, mutation, merge.outcome, path))
        if merge.write:
            writes[path] = value
        if merge.clash:
            soft = merge.write
            conflicts.append(_conflict(state, actor, mutation, path, value, soft=soft))
    outcome = _gated(state, mutation, max(outcomes, key=_RANK.index))
    return Decision(
        outcome,
        "evidence" if outcome is Outcome.HELD else "",
        writes,
        tuple(conflicts),
        () if outcome is Outcome.HELD else tuple(written),
        _binding(mutation),
    )


def _field_fault(mutation: Mutation, written: dict[str, Any]) -> str:
    policies = [policy_of(mutation.key, path) for path in written]
    if None in policies:
        return "unknown-field"
    if Policy.OFFICE in policies:
        return "office-owned"
    # An edit names simple cells; an item's path is made by the mutation that makes the item.
    simple = _EDITABLE.issuperset(policies) and not any("/" in path for path in written)
    if mutation.kind == Kind.EDIT and not simple:
        return "not-editable"
    return ""


def _status_outcome(cells: Any, mutation: Mutation, outcome: Outcome, path: str) -> Outcome:
    """A step that is legal only by way of others says `merged`: somebody moved meanwhile."""
    if path != "status" or mutation.kind != Kind.STATUS:
        return outcome
    present: Cell | None = cells.get("status")
    current = parse_status(present.value if present else None) or JobStatus.TODO
    to = parse_status(mutation.args.get("to")) or JobStatus.TODO
    direct = is_field_step(current, to)
    return outcome if direct or not is_field_path(current, to) else Outcome.MERGED


def _gated(state: State, mutation: Mutation, outcome: Outcome) -> Outcome:
    """The completion that can bill waits for its evidence: held here, not sent to ERPNext."""
    completes = mutation.kind == Kind.STATUS and mutation.args.get("to") == JobStatus.COMPLETED
    billable = state.records[mutation.key].values().get("billable")
    return Outcome.HELD if completes and billable and outcome is not Outcome.NOOP else outcome


def _bound_elsewhere(state: State, actor: Actor, mutation: Mutation) -> Decision | None:
    """First committed wins; the same serial on the same job again changes nothing."""
    serial = str(mutation.args.get("serial", ""))
    bound = state.bindings.get(serial)
    if bound is None or mutation.args.get("action") == "remove":
        return None
    if bound.key == mutation.key:
        return Decision(Outcome.NOOP, "already-bound", paths=(f"equipment/{bound.mutation}",))
    path = f"equipment/{mutation.id}"
    clash = _conflict(state, actor, mutation, path, serial, soft=False, theirs=bound.key)
    return Decision(Outcome.CONFLICT, f"bound-to:{bound.key}", conflicts=(clash,))


def _binding(mutation: Mutation) -> tuple[str, Binding] | None:
    if mutation.kind != Kind.EQUIPMENT or mutation.args.get("action") == "remove":
        return None
    return str(mutation.args["serial"]), Binding(mutation.key, mutation.id)


def _conflict(
    state: State,
    actor: Actor,
    mutation: Mutation,
    path: str,
    mine: Any,
    *,
    soft: bool,
    theirs: Any = None,
) -> Conflict:
    cell = state.cells(mutation.key).get(path)
    return Conflict(
        id=state.conflicts.get((mutation.key, path)) or conflict_id(mutation.id, path),
        key=mutation.key,
        path=path,
        base=None,  # the store fills it from the change history at the mutation's base
        mine=mine,
        theirs=cell.value if cell and theirs is None else theirs,
        mutation=mutation.id,
        author=actor.name,
        other_author=cell.author if cell else "",
        made_at=mutation.made_at,
        other_at=cell.at if cell else 0,
        soft=soft,
    )


def conflict_id(mutation_id: str, path: str) -> str:
    """The same conflict has the same id in every run: 32 hex digits."""
    return hashlib.sha256(f"{mutation_id} {path}".encode()).hexdigest()[:32]
