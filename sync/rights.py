"""Who may make which kind of mutation, and over which records."""

from typing import Final

from sync.protocol import Kind, Mutation
from sync.state import Actor, ActorKind, State

# Facts of a former assignee stay facts; what he may no longer do is steer the visit.
FACTS: Final = frozenset(
    {
        Kind.STATUS,
        Kind.NOTE,
        Kind.CHECK,
        Kind.EQUIPMENT,
        Kind.CORRECT,
        Kind.CREATE,
        Kind.SCAN,
        Kind.PHOTO,
        Kind.SIGNATURE,
        Kind.ATTEMPT,
        Kind.NOTICE,
        Kind.MATERIAL,
    }
)
_BOTH: Final = frozenset(
    {Kind.NOTE, Kind.CHECK, Kind.TAG, Kind.EQUIPMENT, Kind.CORRECT, Kind.PHOTO, Kind.ACCEPT}
    | {Kind.EDIT, Kind.RESOLVE, Kind.VERIFY}
)
_KINDS: Final[dict[ActorKind, frozenset[Kind]]] = {
    ActorKind.TECHNICIAN: FACTS | _BOTH | {Kind.REQUEST},
    ActorKind.OFFICE: _BOTH | {Kind.ANSWER, Kind.RELEASE, Kind.DELETE},
    ActorKind.ERP: frozenset({Kind.DELETE}),
    ActorKind.VISION: frozenset({Kind.SCAN_READ, Kind.EQUIPMENT}),
    ActorKind.SYSTEM: frozenset({Kind.RECEIVED, Kind.SEEN, Kind.VERIFIED, Kind.VERIFY}),
}


def access_fault(state: State, actor: Actor, mutation: Mutation) -> str:
    """The code of why an actor may not make a mutation at all, "" when he may.

    The same answer for a record that does not exist and for one that is not his. A record that
    was deleted is still his own to report on, if he held it at base.
    """
    record = state.records.get(mutation.key)
    if record is None:
        return "unknown-record"
    if mutation.kind not in _KINDS[actor.kind]:
        return "unknown-kind"
    if actor.kind is not ActorKind.TECHNICIAN:
        return "unknown-record" if record.deleted and mutation.kind != Kind.DELETE else ""
    if state.holds(actor.id, mutation.key) and not record.deleted:
        return ""
    was_his = state.held(actor.id, mutation.key, base_of(state, mutation))
    return "" if was_his and mutation.kind in FACTS else "unknown-record"


def base_of(state: State, mutation: Mutation) -> int:
    """The trunk to compare with; a base of another server epoch, or of a history that a server
    whose disk was rolled back has lost, proves nothing (0)."""
    is_ours = mutation.base_epoch in ("", state.epoch) and mutation.base <= state.sequence
    return mutation.base if is_ours else 0
