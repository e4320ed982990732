"""Blobs: which ones a mutation names, whom that lets look, and when the bytes of one may go."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple, TypeVar

from sync.protocol import Outcome

_DAY_MS: Final = 86_400_000
# An upload that did not complete is forgotten after this long.
UNFINISHED_MS: Final = 7 * _DAY_MS
# A photo may come long before the mutation that names it: a phone that waits for its salvage.
UNNAMED_MS: Final = 30 * _DAY_MS

# What the office refused for good keeps nothing; what waits for a human keeps its evidence.
KEEPING: Final = frozenset(Outcome) - {Outcome.REJECTED}
SHOWING: Final = KEEPING - {Outcome.PARKED}

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_DIGITS: Final = re.compile(rb"[0-9a-fA-F]{64,}")


Name = TypeVar("Name")


class Held(NamedTuple):
    """A blob of one device; `named_by` are the outcomes of all mutations that name its hash.

    `complete_at` is None while bytes are missing; instants are UTC ms.
    """

    created_at: int
    complete_at: int | None
    named_by: frozenset[Outcome]


def is_sha256(text: str) -> bool:
    """Whether `text` is a SHA-256 in small hex digits."""
    return _SHA256.fullmatch(text) is not None


def named_blobs(payload: bytes) -> frozenset[str]:
    """Every SHA-256 in a mutation as it came, wherever it stands: the unreadable name theirs too.

    One hash too many keeps a photo too long; one too few would lose it.
    """
    runs = _DIGITS.findall(payload)
    return frozenset(run.decode("ascii").lower() for run in runs if len(run) == 64)


def may_go(blob: Held, now_ms: int) -> bool:
    """Whether a blob may be forgotten and its bytes deleted at `now_ms`."""
    if blob.complete_at is None:
        return now_ms - blob.created_at > UNFINISHED_MS
    return now_ms - blob.complete_at > UNNAMED_MS and KEEPING.isdisjoint(blob.named_by)


def orphans(strangers: Mapping[Name, int], found: int, now_ms: int) -> frozenset[Name] | None:
    """The bytes that may go because no row knows them; None when that cannot be right.

    `strangers` are those without a row and when they were written, out of all `found`. Where they
    are the majority, the place belongs to another installation, or the database is the wrong one.
    """
    if len(strangers) * 2 > found:
        return None
    return frozenset(name for name, at in strangers.items() if now_ms - at > UNNAMED_MS)
