"""What the office asks about refused work."""

from typing import Annotated, Any

import msgspec

from backend.store.refusals import REASON_CHARACTERS, Again
from sync.protocol import Outcome

_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
Uuid = Annotated[str, msgspec.Meta(pattern=_UUID)]


class Try(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One refused mutation, the new id (UUIDv7) under which it is tried, and what was mended: its
    `args` whole, None when nothing was."""

    refused: Uuid
    id: Uuid
    args: dict[str, Any] | None = None


class TryAgain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that are tried at once."""

    tries: Annotated[tuple[Try, ...], msgspec.Meta(min_length=1, max_length=200)]


class TriedAgain(msgspec.Struct, frozen=True):
    """What came of one: the outcome, and the stable code of why."""

    refused: str
    outcome: Outcome
    reason: str


class Closing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Refused work that needs nobody any more, and why."""

    refused: Annotated[tuple[Uuid, ...], msgspec.Meta(min_length=1, max_length=200)]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_CHARACTERS)]


def again(asked: Try) -> Again:
    """The same, for the store."""
    return Again(asked.refused, asked.id, asked.args)
