"""Decides what the board says of the way to ERPNext, and reads what the office wants tried again.

Instants are UTC ms.
"""

from collections import Counter

import msgspec

from backend.board.asked import read_asked
from backend.errors import Unreadable
from backend.store.outgoing import Outgoing
from backend.store.reasons import away_words, parked_words
from sync.lane import AUTH


class Reason(msgspec.Struct, frozen=True):
    """A stable code, and what it means in both languages."""

    code: str
    fr: str
    en: str


class ParkedLine(msgspec.Struct, frozen=True, rename="camel"):
    """A document that waits for a human: `lane` names it for a replay, `document` in ERPNext."""

    lane: str
    document: str
    reason: Reason
    since: int
    mutations: int


class ParkedCount(msgspec.Struct, frozen=True, rename="camel"):
    """How many documents wait for one reason."""

    reason: Reason
    documents: int


class OutboxState(msgspec.Struct, frozen=True, rename="camel"):
    """The queue to ERPNext: `queued` mutations, the oldest of `age_ms`; `billing_last` of them bill
    and go after all others. `breaker` is closed, open (ERPNext is away since `away_since`) or
    stopped (it refuses our key); `last_error` says why. `photos` are here and wait to be files
    of ERPNext."""

    queued: int
    age_ms: int | None
    billing_last: int
    breaker: str
    away_since: int | None
    last_error: Reason | None
    parked: tuple[ParkedLine, ...]
    parked_by_reason: tuple[ParkedCount, ...]
    photos: int = 0


class Replay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to try again: one lane, or all that are parked for one reason."""

    lane: str = ""
    error: str = ""


class Replayed(msgspec.Struct, frozen=True):
    """The lanes that go again."""

    lanes: tuple[str, ...]


def outbox_state(rows: Outgoing, now_ms: int) -> OutboxState:
    """The queue of one moment."""
    known = rows.upstream
    away = known is not None and known.down_since is not None
    error = known.error if known and away else ""
    counts = Counter(row.error for row in rows.parked)
    return OutboxState(
        queued=rows.queued,
        age_ms=None if rows.oldest_at is None else now_ms - rows.oldest_at,
        billing_last=rows.last,
        breaker=("stopped" if error.startswith(AUTH) else "open") if away else "closed",
        away_since=known.down_since if known else None,
        last_error=Reason(error, *away_words(error)) if error else None,
        parked=tuple(
            ParkedLine(
                row.key, row.upstream_name or "", _reason(row.error), row.since, row.mutations
            )
            for row in rows.parked
        ),
        parked_by_reason=tuple(ParkedCount(_reason(code), n) for code, n in counts.most_common()),
        photos=rows.photos,
    )


def read_replay(body: bytes) -> Replay:
    """What to try again. Raises Unreadable; exactly one of the two must be said."""
    asked = read_asked(body, Replay)
    if bool(asked.lane) == bool(asked.error):
        raise Unreadable("replay")
    return asked


def _reason(code: str) -> Reason:
    return Reason(code, *parked_words(code))
