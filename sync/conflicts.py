"""Conflicts: how one is made, who may choose, and what the choice writes."""

import hashlib
from typing import Any, Final, NamedTuple

import msgspec

from sync.arguments import ResolveArgs
from sync.collections import Policy, is_editable, may_hold, policy_of
from sync.decision import Decision, reject
from sync.effects import effects
from sync.job_status import FINISHED, REASONED, JobStatus, is_field_path, parse_status
from sync.protocol import Conflict, Kind, Mutation, Outcome
from sync.state import Actor, ActorKind, Binding, Contested, State
from sync.writes import Fault, Writes

# Paths of conflicts that are no cell of their own: the visit left its technician, or was deleted.
TAKEN_AWAY: Final = "technician"
DELETED: Final = "deleted"
# How long after a choice the office may take it back.
UNDO_MS: Final = 5 * 60_000


class Sides(NamedTuple):
    """Both values of a conflict; `theirs` None means the cell's present value."""

    path: str
    mine: Any
    theirs: Any = None
    soft: bool = False


def clash(state: State, actor: Actor, mutation: Mutation, sides: Sides) -> Conflict:
    """The conflict that a mutation leaves; one that is open over the cell goes on under its id."""
    cell = state.cells(mutation.key).get(sides.path)
    before = state.conflicts.get((mutation.key, sides.path))
    return Conflict(
        id=before.id if before else conflict_id(mutation.id, sides.path),
        key=mutation.key,
        path=sides.path,
        # The store fills it from the change history at the mutation's base.
        base=before.base if before else None,
        mine=sides.mine,
        theirs=cell.value if cell and sides.theirs is None else sides.theirs,
        mutation=mutation.id,
        author=actor.name,
        other_author=cell.author if cell else "",
        made_at=mutation.made_at,
        other_at=cell.at if cell else 0,
        soft=sides.soft,
        suggested=suggestion(sides),
    )


def overruling(state: State, actor: Actor, mutation: Mutation, sides: Sides) -> Conflict:
    """The conflict over a field's value that the office wrote over: `mine` is the field's. A
    completion that was held back loses as the mutation that it is; a conflict that is open over the
    cell goes on under its id.
    """
    cells, before = state.cells(mutation.key), state.conflicts.get((mutation.key, sides.path))
    present = cells[sides.path]
    held = cells.get("held") if sides.path == "status" else None
    return Conflict(
        id=before.id if before else conflict_id(mutation.id, sides.path),
        key=mutation.key,
        path=sides.path,
        # Else the store fills it with what ERPNext said before.
        base=before.base if before else None,
        mine=sides.mine,
        theirs=sides.theirs,
        mutation=str(held.value) if held and held.value else mutation.id,
        author=present.author,
        other_author=actor.name,
        made_at=present.at,
        other_at=mutation.made_at,
        soft=sides.soft,
        suggested=suggestion(sides),
    )


def followed(conflict: Conflict, actor: Actor, mutation: Mutation, value: Any) -> Conflict:
    """An open conflict over a cell that was written again: it names what stands now."""
    if conflict.soft:
        mine = {"mine": value, "author": actor.name, "made_at": mutation.made_at}
        return msgspec.structs.replace(conflict, **mine)
    theirs = {"theirs": value, "other_author": actor.name, "other_at": mutation.made_at}
    return msgspec.structs.replace(conflict, **theirs)


def suggestion(sides: Sides) -> str:
    """The choice to offer first: finished work before what steered it, else the office's value."""
    finished = sides.path == "status" and sides.mine in FINISHED
    return "mine" if finished or sides.soft else "theirs"


def conflict_id(mutation_id: str, path: str) -> str:
    """The same conflict has the same id in every run: 32 hex digits."""
    return hashlib.sha256(f"{mutation_id} {path}".encode()).hexdigest()[:32]


def may_choose(kind: ActorKind, conflict: Conflict, choice: str) -> bool:
    """Whether an actor may end a conflict so; what the office cancelled, deleted or gave to
    somebody else, and a serial that another visit has, only the office can give back."""
    if kind is ActorKind.OFFICE:
        return True
    if choice == "theirs":
        return not is_of_office_alone(conflict)
    theirs_to_give = conflict.path in (TAKEN_AWAY, DELETED) or "/" in conflict.path
    cancelled = conflict.path == "status" and conflict.theirs == JobStatus.CANCELLED
    of_office = theirs_to_give or cancelled or is_of_office_alone(conflict)
    return choice == "mine" and not of_office


def is_of_office_alone(conflict: Conflict) -> bool:
    """Whether both values are the office's: a dispatcher's, over what he had not seen of the field.
    No phone hears of it."""
    return conflict.soft and policy_of(conflict.key, conflict.path) is Policy.OFFICE


def resolve(state: State, actor: Actor, mutation: Mutation) -> Decision:
    """Decide a `resolve`: the first decision on a conflict stands, a second one changes nothing."""
    args = msgspec.convert(mutation.args, ResolveArgs)
    contested = state.contested.get(args.conflict)
    if contested is None or contested.conflict.key != mutation.key:
        return reject("unknown-conflict")
    conflict = contested.conflict
    if args.choice == "undo":
        return _undone(state, actor, mutation, contested)
    if conflict.closed_at:
        return Decision(Outcome.NOOP, "already-resolved")
    if args.choice == "office":
        asked = msgspec.structs.replace(conflict, asked_at=mutation.made_at)
        return Decision(Outcome.APPLIED, settles=asked)
    if not may_choose(actor.kind, conflict, args.choice):
        return reject("office-decides")
    writes = _chosen(state, actor, contested, args)
    if isinstance(writes, Fault):
        return reject(writes.code)
    closed = msgspec.structs.replace(
        conflict, closed_at=mutation.made_at, closed_by=actor.name, choice=args.choice
    )
    return Decision(
        Outcome.APPLIED,
        writes=writes,
        paths=tuple(writes),
        bindings=_given(contested, args.choice),
        settles=closed,
        deletes=conflict.path == DELETED and args.choice == "theirs",
    )


def _chosen(state: State, actor: Actor, contested: Contested, args: ResolveArgs) -> Writes | Fault:
    """The cells that a choice writes: none when the chosen value is the one that stands."""
    conflict, original = contested
    if args.choice == "value":
        right = may_hold(conflict.key, conflict.path, args.value)
        return {conflict.path: args.value} if right else Fault("bad-args")
    if (args.choice == "theirs") != conflict.soft:
        return {}
    if args.choice == "theirs":
        return {conflict.path: conflict.theirs}
    if actor.kind is ActorKind.TECHNICIAN and _is_passed(state, conflict):
        return Fault("illegal-step")
    return _mine(state, conflict, original)


def _is_passed(state: State, conflict: Conflict) -> bool:
    """Whether a visit has gone on since to where no step of the field leads back from."""
    present = state.cells(conflict.key).get("status")
    stands, to = parse_status(present.value if present else None), parse_status(conflict.mine)
    if conflict.path != "status" or present is None or stands is None or to is None:
        return False
    return not (present.is_of_office or stands is to or is_field_path(stands, to))


def _mine(state: State, conflict: Conflict, original: Mutation | None) -> Writes | Fault:
    """What the losing mutation would have written, had nobody been before it."""
    if original is not None and original.kind == Kind.STATUS:
        args = original.args
        reason = args.get("text") if args.get("reason") == "other" else args.get("reason")
        return {"status": args["to"], "reason": reason or None}
    if original is not None and original.kind in (Kind.EQUIPMENT, Kind.CORRECT):
        return effects(original, state.records[conflict.key].values(), conflict.author)
    return {} if conflict.path == DELETED else {conflict.path: conflict.mine}


def _undone(state: State, actor: Actor, mutation: Mutation, contested: Contested) -> Decision:
    """Open a conflict again, with what stood before its choice."""
    conflict = contested.conflict
    if actor.kind is not ActorKind.OFFICE:
        return reject("office-decides")
    if not conflict.closed_at:
        return Decision(Outcome.NOOP, "still-open")
    if mutation.made_at - conflict.closed_at > UNDO_MS:
        return reject("too-late")
    writes = _before_choice(state, contested)
    if isinstance(writes, Fault):
        return reject(writes.code)
    again = msgspec.structs.replace(conflict, closed_at=0, closed_by="", choice="")
    return Decision(Outcome.APPLIED, writes=writes, paths=tuple(writes), settles=again)


def _before_choice(state: State, contested: Contested) -> Writes | Fault:
    """The cells as they stood before a choice; a fault when somebody went on from it since, or
    when it gave away what cannot be taken back so."""
    conflict, original = contested
    chose_what_stood = (conflict.choice == "theirs") != conflict.soft
    if (conflict.key, conflict.path) in state.conflicts:
        return Fault("moved-since")
    if chose_what_stood and conflict.path != DELETED:
        return {}
    moved_status = original is not None and original.kind == Kind.STATUS
    simple = is_editable(conflict.key, conflict.path) and moved_status == (
        conflict.path == "status"
    )
    if not simple:
        return Fault("not-undoable")
    return _restored(state, conflict)


def _restored(state: State, conflict: Conflict) -> Writes | Fault:
    cells = state.cells(conflict.key)
    present = cells.get(conflict.path)
    if present is None or present.at != conflict.closed_at:
        return Fault("moved-since")
    before = conflict.mine if conflict.soft else conflict.theirs
    if conflict.path != "status":
        return {conflict.path: before}
    if before in REASONED:  # its reason is not part of the conflict
        return Fault("not-undoable")
    held = {"held": None} if "held" in cells else {}
    return {"status": before, "reason": None, **held}


def _given(contested: Contested, choice: str) -> dict[str, Binding | None]:
    """The serial that a choice gives to this visit."""
    conflict, original = contested
    if choice != "mine" or "/" not in conflict.path or original is None:
        return {}
    serial = original.args.get("right") or original.args.get("serial")
    return {str(serial): Binding(conflict.key, original.id)}
