"""New records: equipment that the field finds, and what the office makes while ERPNext is away (a
visit, its place, its customer)."""

from typing import Final

import msgspec

from sync.arguments import CreateArgs
from sync.collections import COLLECTIONS, collection_of, is_job, may_begin
from sync.decision import Decision, reject
from sync.effects import effects
from sync.job_status import JobStatus
from sync.protocol import Mutation, Outcome
from sync.rights import access_fault
from sync.state import Actor, ActorKind, State
from sync.writes import Fault

CREATED: Final = frozenset({"equipment"})  # collections whose records the field may make
# Whether a visit of ours bills is ERPNext's word; until it is said, its completion waits here for
# evidence like any that does.
_NEW_VISIT: Final = {"status": JobStatus.TODO.value, "billable": True}


def decide_creation(state: State, actor: Actor, mutation: Mutation) -> Decision:
    """A record of its own, once: by the office, or by whoever may report equipment on the visit
    where it was found.

    Raises msgspec.ValidationError for arguments that are none.
    """
    if actor.kind is ActorKind.OFFICE:
        return _made_by_office(state, mutation)
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


def _made_by_office(state: State, mutation: Mutation) -> Decision:
    """The args are the first cells. ERPNext hears of these alone, and begins the rest itself."""
    collection = COLLECTIONS.get(collection_of(mutation.key))
    if collection is None or not collection.begins:
        return reject("unknown-kind")
    if mutation.key in state.records:
        return reject("bad-key")
    if not may_begin(mutation.key, mutation.args):
        return reject("bad-args")
    own = _NEW_VISIT if is_job(mutation.key) else {}
    told = dict(mutation.args)
    return Decision(Outcome.APPLIED, writes=told | own, paths=tuple(told), creates=True)
