"""What a mutation may write: cell path -> value; or why it has no effect."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sync.protocol import Mutation

SERIAL_CHARACTERS: Final = 80
NOTE_CHARACTERS: Final = 4000
BLOB_CHARACTERS: Final = 64  # a SHA-256 in hex

Cells = Mapping[str, Any]
Writes = dict[str, Any]


class Fault(NamedTuple):
    """Why a mutation can have no effect: a stable code."""

    code: str


def signed(mutation: Mutation, by: str, item: dict[str, Any]) -> dict[str, Any]:
    """An item with when it was made (device clock, UTC ms) and by whom."""
    return {**item, "at": mutation.made_at, "by": by}
