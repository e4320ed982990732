"""Serials and the visits they belong to: the first committed report wins.

Upper and lower case are one serial: a code may print either, and people type either.
"""

from sync.conflicts import Sides, clash
from sync.decision import Decision
from sync.protocol import Kind, Mutation, Outcome
from sync.state import Actor, Binding, State


def bound_elsewhere(state: State, actor: Actor, mutation: Mutation) -> Decision | None:
    """The decision on a serial that a visit has already, None when it is free.

    On the same visit again it changes nothing; on another it is a conflict that names the first.
    """
    serial = serial_put(mutation)
    bound = state.bindings.get(serial)
    if bound is None or not serial:
        return None
    if bound.key == mutation.key:
        return _again(state, mutation, bound)
    sides = Sides(f"equipment/{mutation.id}", serial, bound.key)
    return Decision(
        Outcome.CONFLICT, f"bound-to:{bound.key}", conflicts=(clash(state, actor, mutation, sides),)
    )


def _again(state: State, mutation: Mutation, bound: Binding) -> Decision | None:
    """The same report of the same serial says nothing new; another one of it does."""
    path = f"equipment/{bound.mutation}"
    line = state.cells(mutation.key).get(path)
    told = line.value if line and isinstance(line.value, dict) else {}
    args = {"action": "install", "replaces": ""} | mutation.args
    new = args["action"] != told.get("action") or args["replaces"] != told.get("replaces", "")
    if new and mutation.kind == Kind.EQUIPMENT:
        return None
    return Decision(Outcome.NOOP, "already-bound", paths=(path,))


def bindings_after(state: State, mutation: Mutation) -> dict[str, Binding | None]:
    """Where the serials that a mutation names belong after it: what was taken out is free, from
    whatever visit; what was corrected away only if it was this one's."""
    freed: dict[str, Binding | None] = dict.fromkeys(_serials_out(mutation))
    if mutation.kind == Kind.CORRECT:
        freed = {each: None for each in freed if _is_bound_to(state, each, mutation.key)}
    put = serial_put(mutation)
    return freed | ({put: Binding(mutation.key, mutation.id)} if put else {})


def _is_bound_to(state: State, serial: str, key: str) -> bool:
    bound = state.bindings.get(serial)
    return bound is not None and bound.key == key


def serials_of(mutation: Mutation) -> set[str]:
    """Every serial that a mutation names."""
    return {*_serials_out(mutation), serial_put(mutation)} - {""}


def serial_put(mutation: Mutation) -> str:
    """The serial that a mutation puts in place, "" when it puts none."""
    if mutation.kind == Kind.CORRECT:
        return str(mutation.args.get("right", "")).upper()
    puts = mutation.kind == Kind.EQUIPMENT and mutation.args.get("action") != "remove"
    return str(mutation.args.get("serial", "")).upper() if puts else ""


def _serials_out(mutation: Mutation) -> list[str]:
    args = mutation.args
    if mutation.kind == Kind.CORRECT:
        return [str(args.get("wrong", "")).upper()]
    if mutation.kind != Kind.EQUIPMENT:
        return []
    taken_out = [args.get("serial", "")] if args.get("action") == "remove" else []
    return [str(serial).upper() for serial in (*taken_out, args.get("replaces", "")) if serial]
