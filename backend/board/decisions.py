"""What the office decides from its board: each decision is a mutation like any other."""

from typing import Annotated, Any

import msgspec

from backend.auth.staff import Staff
from backend.store.apply import Decided, apply_mutations
from backend.store.clock import Clock
from backend.store.connection import Connection
from sync.protocol import Instant, Mutation, Outcome, Whole
from sync.push import Verdict
from sync.state import Actor, ActorKind

_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_KEY = r"^[a-z]{1,20}/[0-9A-Za-z-]{1,58}$"


class OfficeDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mutation of the office, whole as the page made it, so that a repeated request is the same
    decision: `id` is a UUIDv7, `base` the sequence that the page showed, `made_at` UTC ms."""

    id: Annotated[str, msgspec.Meta(pattern=_UUID)]
    kind: Annotated[str, msgspec.Meta(max_length=20)]
    key: Annotated[str, msgspec.Meta(pattern=_KEY)]
    base: Whole
    made_at: Instant
    args: dict[str, Any] = {}


class DecisionReply(msgspec.Struct, frozen=True):
    """What became of a decision: the verdict's outcome and the stable code of why."""

    outcome: Outcome
    reason: str


def apply_decision(
    conn: Connection, staff: Staff, decision: OfficeDecision, clock: Clock
) -> Decided:
    """Apply a decision as a mutation of that dispatcher, and give its one verdict."""
    sent = decision.id, 0, decision.kind, decision.key, decision.base, decision.made_at
    return apply_mutations(conn, actor_of(staff), [Mutation(*sent, decision.args)], clock)


def actor_of(staff: Staff) -> Actor:
    """A person of the office as the author of mutations."""
    return Actor(ActorKind.OFFICE, staff.email, staff.email, f"office:{staff.email}"[:80])


def decision_reply(verdict: Verdict) -> bytes:
    """The DecisionReply of a verdict, as JSON."""
    return msgspec.json.encode(DecisionReply(verdict.outcome, verdict.detail.reason))
