"""New records from the field: a piece of equipment that ERPNext does not know yet."""

from typing import Final

import msgspec

from sync.arguments import CreateArgs
from sync.collections import collection_of, is_job
from sync.decision import Decision, reject
from sync.effects import effects
from sync.protocol import Mutation, Outcome
from sync.rights import access_fault
from sync.state import Actor, State
from sync.writes import Fault

CREATED: Final = frozenset({"equipment"})  # collections whose records the field may make


def decide_creation(state: State, actor: Actor, mutation: Mutation) -> Decision:
    """A record of its own, once: by whoever may report equipment on the visit where it was found.

    Raises msgspec.ValidationError for arguments that are none.
    """
    if collection_of(mutation.key) not in CREATED:
        return reject("unknown-kind")
    if mutation.key in state.records:
        return reject("bad-key")
    visit = msgspec.convert(mutation.args, CreateArgs).job
    found_on = msgspec.structs.replace(mutation, key=visit)
    fault = access_fault(state, actor, found_on) if is_job(visit) else "unknown-record"
    if fault:
        return reject(fault)
    written = effects(mutation, {}, actor.name)
    if isinstance(written, Fault):
        return reject(written.code)
    return Decision(Outcome.APPLIED, writes=written, paths=tuple(written), creates=True)
