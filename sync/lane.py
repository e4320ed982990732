"""Decides when a lane of the outbox is tried again, when it parks, and when nobody may call.

A lane never expires: what a technician was told is saved waits as long as the upstream is away.
"""

from enum import StrEnum
from typing import Final

import msgspec

BACKOFF_BASE_MS: Final = 1_000
BACKOFF_CAP_MS: Final = 5 * 60_000
BREAKER_FAILURES: Final = 5
PROBE_MS: Final = 30_000
AUTH_PROBE_MS: Final = 60_000
POISON_TRIES: Final = 20
LONG_OUTAGE_MS: Final = 24 * 3600 * 1000
# Work that waits longer is late, even while ERPNext answers: on the board, and in an alert.
LATE_MS: Final = 5 * 60_000
STALE: Final = "stale"  # the kind of a document that is saved there faster than it can be merged
FAULT: Final = "fault:"  # begins the kind of a failure that is an exception of our own code
PERMISSION: Final = "PermissionError"
LEDGER: Final = "ledger:"  # begins the kind of a refusal of our own ledger's doctype
AUTH: Final = "auth:"  # begins the stored error of refused credentials
# Answers that name their cause; any other page or 5xx may be this document's own fault.
_EXPLAINED: Final = ("429", "502", "503", "504", "508")


class LaneState(StrEnum):
    """Where a lane stands; a lane with nothing to deliver has no row at all. `last`: only what
    bills is left in it, and waits until nothing else does."""

    DUE = "due"
    LAST = "last"
    CLAIMED = "claimed"
    PARKED = "parked"
    WAITING = "waiting"


class Lane(msgspec.Struct, frozen=True):
    """The part of a lane that an answer changes; `tries` counts failures of one class in a row."""

    state: LaneState
    due_at: int
    tries: int = 0
    error: str = ""


class Answer(msgspec.Struct, frozen=True):
    """A failed answer: `kind` as in `backend.errors`, the upstream's wish, and what others got.

    `others_pass`: another lane was delivered within the last BACKOFF_CAP_MS.
    """

    kind: str
    retry_after_s: float | None = None
    others_pass: bool = False


def fresh_lane(now: int) -> Lane:
    """The lane of new work: due at once, with no failure to its name."""
    return Lane(LaneState.DUE, now)


def after_unavailable(lane: Lane, answer: Answer, now: int, fraction: float) -> Lane:
    """The lane after an upstream that cannot answer; `fraction` is random in [0, 1).

    What keeps coming while other lanes pass, and names no transient cause, is the document's own:
    it parks.
    """
    is_own = _is_own(answer.kind)
    tries = lane.tries + 1 if _is_own(lane.error) == is_own else 1
    if is_own and tries > POISON_TRIES and answer.others_pass:
        return Lane(LaneState.PARKED, now, tries, answer.kind)
    wait = backoff_ms(tries, fraction, answer.retry_after_s)
    return Lane(LaneState.DUE, now + wait, tries, answer.kind)


def after_refused(lane: Lane, kind: str, now: int) -> Lane:
    """The lane after a no: it parks at once, for a human; other lanes go on."""
    return Lane(LaneState.PARKED, now, lane.tries + 1, kind)


def is_forbidden(kind: str) -> bool:
    """Whether a refusal concerns the doctype: asking for its other documents would be in vain."""
    return kind.removeprefix(LEDGER) == PERMISSION


def after_stop(lane: Lane, now: int) -> Lane:
    """The lane when our credentials were refused: not its fault, so nothing is counted."""
    return Lane(LaneState.DUE, now, lane.tries, lane.error)


def backoff_ms(tries: int, fraction: float, retry_after_s: float | None = None) -> int:
    """Milliseconds until the next try: exponential with full jitter, from 1 s up to 5 min.

    Full jitter (random from the base up to the bound) spreads a herd best
    (AWS Architecture Blog, "Exponential Backoff And Jitter"); the upstream's own wish is a floor.
    """
    bound = min(BACKOFF_CAP_MS, BACKOFF_BASE_MS << min(max(tries, 1), 20))
    jittered = BACKOFF_BASE_MS + int(fraction * (bound - BACKOFF_BASE_MS))
    floor = 0 if retry_after_s is None else int(max(retry_after_s, 0) * 1000)
    return max(jittered, min(floor, 24 * 3600 * 1000))


def is_unexplained(kind: str) -> bool:
    """Whether a failure is a 5xx that names no transient cause, or a fault of our own."""
    named = kind.startswith(("http-5", "html-5", "html-4")) and not kind.endswith(_EXPLAINED)
    return named or kind.startswith(FAULT)


def _is_own(kind: str) -> bool:
    return kind == STALE or is_unexplained(kind)


class Gate(StrEnum):
    """What a caller of an upstream may do now."""

    CALL = "call"
    PROBE = "probe"
    WAIT = "wait"


class Breaker(msgspec.Struct, frozen=True):
    """The circuit breaker of one upstream.

    Closed: `opened_at` is None. Open: only probes, from `probe_at` on. Half-open: a probe passed,
    one call decides. `stopped`: our credentials were refused.
    """

    failures: int = 0
    opened_at: int | None = None
    probe_at: int = 0
    half_open: bool = False
    stopped: bool = False
    error: str = ""


def gate(breaker: Breaker, now: int) -> Gate:
    """Whether to call, to probe, or to wait until `probe_at`."""
    if breaker.opened_at is None or breaker.half_open:
        return Gate.CALL
    return Gate.PROBE if now >= breaker.probe_at else Gate.WAIT


def is_long_outage(breaker: Breaker, now: int) -> bool:
    """Whether the upstream was away for so long that what bills must not go first."""
    return breaker.opened_at is not None and now - breaker.opened_at > LONG_OUTAGE_MS


def breaker_after_success() -> Breaker:
    """The breaker after any real answer: closed."""
    return Breaker()


def breaker_on_probe(breaker: Breaker, now: int) -> Breaker:
    """The breaker while a probe is under way: nobody else probes meanwhile."""
    return msgspec.structs.replace(breaker, probe_at=now + PROBE_MS)


def breaker_after_probe(breaker: Breaker) -> Breaker:
    """The breaker after a probe that was answered: the next call decides."""
    return msgspec.structs.replace(breaker, half_open=True, stopped=False)


def breaker_after_failure(breaker: Breaker, kind: str, now: int) -> Breaker:
    """The breaker after no answer: open from the fifth in a row, or after a failed trial."""
    failures = breaker.failures + 1
    if failures < BREAKER_FAILURES and breaker.opened_at is None:
        return Breaker(failures, error=kind)
    opened_at = now if breaker.opened_at is None else breaker.opened_at
    return Breaker(failures, opened_at, now + PROBE_MS, error=kind)


def breaker_after_stop(breaker: Breaker, kind: str, now: int) -> Breaker:
    """The breaker when our credentials were refused: everything stops until a probe passes."""
    opened_at = now if breaker.opened_at is None else breaker.opened_at
    return Breaker(breaker.failures, opened_at, now + AUTH_PROBE_MS, stopped=True, error=kind)
