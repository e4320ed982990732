"""Decides ERPNext's own changes: mutations of kind `upstream`, seen by the inbound poll.

The poll has already compared with the shadow: what arrives here really changed in ERPNext. What
remains is our own unfiled work on the same cell.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from sync.collections import Policy, is_job, policy_of
from sync.conflicts import Sides, overruling
from sync.decision import Decision
from sync.job_status import JobStatus, is_field_path, parse_status
from sync.protocol import Conflict, Mutation, Outcome
from sync.requests import ACTIVATION, activation_told
from sync.state import Actor, Cell, State

# Filled when the record is made, unless ERPNext says otherwise.
_TODO: Final = {"status": JobStatus.TODO.value}


class UpstreamArgs(msgspec.Struct, frozen=True):
    """Arguments of `upstream`: ERPNext's name of the document, and the cells that changed."""

    upstream_name: str
    cells: dict[str, Any]


def decide_upstream(state: State, actor: Actor, mutation: Mutation) -> Decision:
    """Take ERPNext's values, but never over unfiled field work without a conflict."""
    args = msgspec.convert(mutation.args, UpstreamArgs)
    cells, pending = state.cells(mutation.key), _unfiled(state, mutation.key)
    writes, conflicts = {}, []
    for path, value in args.cells.items():
        policy, present = policy_of(mutation.key, path), cells.get(path)
        if policy is None or (present.value if present else None) == value:
            continue
        ours_stands = path in pending and _field_stands(policy, present, value)
        if not ours_stands:
            writes[path] = value
        if path in pending and present is not None and not _is_overtaken(policy, present, value):
            sides = Sides(path, present.value, value, soft=ours_stands)
            conflicts.append(_clash(state, actor, mutation, sides))
    if "status" in writes and _held(cells):
        writes["held"] = None  # what was held is now one side of a conflict
    if ACTIVATION in writes:
        values = {path: cell.value for path, cell in cells.items()}
        writes |= activation_told(values, writes[ACTIVATION], mutation.made_at, actor.name)
    known = mutation.key in state.records or "status" in writes
    if not known and is_job(mutation.key):
        writes = _TODO | writes
    outcome = Outcome.CONFLICT if conflicts else Outcome.APPLIED if writes else Outcome.NOOP
    return Decision(
        outcome,
        "",
        writes,
        tuple(conflicts),
        creates=mutation.key not in state.records,
        upstream_name=args.upstream_name,
    )


def _unfiled(state: State, key: str) -> frozenset[str]:
    """The cells that ERPNext has not heard of yet; a completion that is held back is one."""
    held = {"status"} if _held(state.cells(key)) else set()
    return state.pending.get(key, frozenset()) | held


def _held(cells: Mapping[str, Cell]) -> str:
    held = cells.get("held")
    return str(held.value or "") if held else ""


def _field_stands(policy: Policy, present: Cell | None, theirs: Any) -> bool:
    if policy is Policy.STATE:
        return present is not None and _is_overtaken(policy, present, theirs)
    return policy not in (Policy.SHARED, Policy.OFFICE)


def _is_overtaken(policy: Policy, present: Cell, theirs: Any) -> bool:
    """The field has already gone on from where the office now stands: nothing to choose."""
    current, other = parse_status(present.value), parse_status(theirs)
    return (
        policy is Policy.STATE
        and current is not None
        and other is not None
        and is_field_path(other, current)
    )


def _clash(state: State, actor: Actor, mutation: Mutation, sides: Sides) -> Conflict:
    """The conflict with what the field said; the office may change its mind while it is open."""
    before = state.conflicts.get((mutation.key, sides.path))
    if before is not None and before.soft == sides.soft:
        theirs = {"theirs": sides.theirs, "other_at": mutation.made_at}
        return msgspec.structs.replace(before, **theirs)
    return overruling(state, actor, mutation, sides)
