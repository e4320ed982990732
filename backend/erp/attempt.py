"""Tries one piece of work on ERPNext and says what becomes of it: a document's lane or a file.

| the try meets | ERPNext is | the work |
|---|---|---|
| nothing | well | is done |
| AuthFailed | stopped, until somebody acts | waits, and no try is counted |
| NotNow | well | is tried later |
| any other Unavailable | away | is tried later |
| Refused | well | is parked |
| an exception of our own | as before | is tried later, and parks while others pass |
"""

from collections.abc import Awaitable

from backend.erp.answers import NotNow
from backend.erp.availability import Availability
from backend.erp.client import AuthFailed
from backend.errors import Refused, Unavailable
from backend.log import log
from backend.store.lanes import LeaseLost
from sync.lane import FAULT, Answer, Lane, after_refused, after_stop, after_unavailable

Failure = Unavailable | Refused


async def attempt(work: Awaitable[None], available: Availability, lane: str) -> Failure | None:
    """Await the work, and let `available` know how ERPNext is; gives why it failed, None once done.

    `lane` names the work in the log. Raises LeaseLost: what becomes of it is another worker's.
    """
    try:
        await work
    except LeaseLost:
        raise
    except (Unavailable, Refused) as failure:
        await tell(available, failure)
        return failure
    except Exception as error:  # noqa: BLE001  (poison work must not stop the others)
        log.error("delivery failed", exc_info=True, extra={"lane": lane})
        return Unavailable(f"{FAULT}{type(error).__name__}")
    await available.answered()
    return None


async def tell(available: Availability, failure: Failure) -> None:
    """What a failure says of ERPNext itself."""
    match failure:
        case AuthFailed():
            await available.stopped(failure)
        case NotNow() | Refused():
            await available.answered()
        case _:
            await available.failed(failure.kind)


def lane_after(
    failure: Failure, lane: Lane, now_ms: int, fraction: float, *, others_pass: bool
) -> Lane:
    """The lane of work that failed at `now_ms` (UTC ms); `fraction` is random in [0, 1),
    `others_pass` as in `sync.lane.Answer`."""
    match failure:
        case AuthFailed():
            return after_stop(lane, now_ms)
        case Refused():
            return after_refused(lane, failure.kind, now_ms)
        case _:
            answer = Answer(failure.kind, failure.retry_after_s, others_pass)
            return after_unavailable(lane, answer, now_ms, fraction)
