"""Faults on command. All of them are unrecorded: built from Frappe's source and public reports,
not from the replayed pairs."""

from enum import StrEnum
from typing import Any, Final

import msgspec

from backend.simulators.erpnext.database import Database, Write
from backend.simulators.erpnext.errors import FrappeError, Reply


class FaultKind(StrEnum):
    """What goes wrong. `connection-dropped` does nothing and answers nothing; `lost-answer`
    commits and answers nothing; `late-commit` answers 200 and shows the change only when it is
    released, with its older `modified`; `office-edit` lets a dispatcher save first; `broken` is
    a 500 without a cause, as a script of the site gives that fails for one document."""

    UNAVAILABLE = "unavailable"
    BROKEN = "broken"
    MAINTENANCE = "maintenance"
    TOO_MANY_REQUESTS = "too-many-requests"
    HTML_ERROR = "html-error"
    SERIALIZATION_FAILURE = "SerializationFailure"
    QUERY_DEADLOCK = "QueryDeadlockError"
    QUERY_TIMEOUT = "QueryTimeoutError"
    OPERATIONAL_ERROR = "OperationalError"
    IN_FAILED_TRANSACTION = "InFailedSqlTransaction"
    CONNECTION_DROPPED = "connection-dropped"
    SLOW = "slow"
    LATE_COMMIT = "late-commit"
    LOST_ANSWER = "lost-answer"
    OFFICE_EDIT = "office-edit"


class Fault(msgspec.Struct, frozen=True):
    """One ordered fault: for the next `times` matching requests (None: until cleared).

    `method` and `path` restrict it (path by substring, decoded: `Dispatch Job/DJ-00001`).
    `seconds` is the delay of `slow` (before anything is done) and of `lost-answer` (after the
    commit), and the Retry-After of `too-many-requests`. `doctype`,
    `name` and `fields` say what `office-edit` saves.
    """

    kind: FaultKind
    times: int | None = 1
    method: str = ""
    path: str = ""
    seconds: float = 0.0
    doctype: str = ""
    name: str = ""
    fields: dict[str, Any] = {}


class Faults:
    """The faults that are waiting, first ordered first met, and the commits held back."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._held: list[list[Write]] = []

    def order(self, fault: Fault) -> None:
        """Let the next matching requests meet this fault."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """Nothing goes wrong from here on; held commits stay held."""
        self._waiting.clear()

    def waiting(self) -> list[Fault]:
        """The faults that have not been used up."""
        return list(self._waiting)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, counted down."""
        for at, fault in enumerate(self._waiting):
            if fault.method in ("", method) and fault.path in path:
                self._count_down(at, fault)
                return fault
        return None

    def hold(self, database: Database) -> list[Write]:
        """Take back the request's writes until `release`; returns them."""
        writes = database.withdraw()
        self._held.append(writes)
        return writes

    def release(self, database: Database) -> int:
        """Let every held transaction commit, in order; returns how many."""
        held, self._held = self._held, []
        for writes in held:
            database.apply(writes)
        return len(held)

    def _count_down(self, at: int, fault: Fault) -> None:
        if fault.times is None:
            return
        left = fault.times - 1
        if left > 0:
            self._waiting[at] = msgspec.structs.replace(fault, times=left)
        else:
            del self._waiting[at]


def refusal(fault: Fault) -> FrappeError | Reply | None:
    """The answer that a fault gives instead of the site, or None when the site still answers."""
    if fault.kind in _DATABASE_ERRORS:
        module, text = _DATABASE_ERRORS[fault.kind]
        return FrappeError(500, fault.kind.value, text, messages=(), module=module)
    if fault.kind is FaultKind.MAINTENANCE:
        return session_stopped()
    if fault.kind is FaultKind.TOO_MANY_REQUESTS:
        return _too_many(fault.seconds)
    return _PAGES.get(fault.kind)


def session_stopped() -> FrappeError:
    """Maintenance mode: 503, as JSON."""
    text = "This site is being updated. Please try again later."
    return FrappeError(503, "SessionStopped", text, messages=())


def _too_many(seconds: float) -> Reply:
    body = (
        b'{"exception":"frappe.exceptions.TooManyRequestsError","exc_type":"TooManyRequestsError"}'
    )
    return Reply(429, body, headers={"Retry-After": str(int(seconds))}, session=False)


def _page(status: int, title: str) -> Reply:
    words = f"<html>\r\n<head><title>{status} {title}</title></head>\r\n"
    body = f"{words}<body>\r\n<center><h1>{status} {title}</h1></center>\r\n</body>\r\n</html>\r\n"
    return Reply(status, body.encode(), "text/html", session=False)


_PAGES: Final = {
    FaultKind.UNAVAILABLE: _page(503, "Service Temporarily Unavailable"),
    FaultKind.BROKEN: _page(500, "Internal Server Error"),
    FaultKind.HTML_ERROR: _page(502, "Bad Gateway"),
}
_DATABASE_ERRORS: Final = {
    FaultKind.SERIALIZATION_FAILURE: (
        "psycopg2.errors",
        "could not serialize access due to concurrent update\n",
    ),
    FaultKind.IN_FAILED_TRANSACTION: (
        "psycopg2.errors",
        "current transaction is aborted, commands ignored until end of transaction block\n",
    ),
    FaultKind.QUERY_DEADLOCK: ("frappe.exceptions", "deadlock detected\n"),
    FaultKind.QUERY_TIMEOUT: (
        "frappe.exceptions",
        "canceling statement due to statement timeout\n",
    ),
    FaultKind.OPERATIONAL_ERROR: ("", ""),
}
