"""What the engine decides of one mutation, before anything is written."""

from typing import Any

import msgspec

from sync.protocol import Conflict, Outcome
from sync.state import Binding


class Decision(msgspec.Struct, frozen=True):
    """What to do with one mutation.

    `paths` are the cells that ERPNext must hear of. `bindings` says which visit a serial belongs
    to from now on (None: to none). `settles` is a conflict that was closed, or left to the office.
    `creates` makes the record, with its `upstream_name` if it has one by then; `deletes` and
    `revives` are about its tombstone.
    """

    outcome: Outcome
    reason: str = ""
    writes: dict[str, Any] = {}
    conflicts: tuple[Conflict, ...] = ()
    paths: tuple[str, ...] = ()
    bindings: dict[str, Binding | None] = {}
    settles: Conflict | None = None
    creates: bool = False
    upstream_name: str = ""
    deletes: bool = False
    revives: bool = False


def reject(reason: str) -> Decision:
    """A permanent no, with its stable code."""
    return Decision(Outcome.REJECTED, reason)
