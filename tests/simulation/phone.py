"""The seam: what the world asks of a phone, whoever plays it.

A phone is stepwise and synchronous: nothing happens on it between two calls, and the world decides
by its seed which call comes next.
"""

from enum import StrEnum
from typing import Any, NamedTuple, Protocol


class CrashedError(Exception):
    """The app died at the transaction that `crash_at` named; `start` opens it again."""


class State(StrEnum):
    """What the person is told of a mutation."""

    HERE = "here"
    RECEIVED = "received"
    FILED = "filed"
    ATTENTION = "attention"


class Draft(NamedTuple):
    """A gesture, not yet kept."""

    kind: str
    key: str
    args: dict[str, Any]


class Request(NamedTuple):
    """What leaves the phone; `headers` say when the body is gzip."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Response(NamedTuple):
    """What comes back."""

    status: int
    headers: dict[str, str]
    body: bytes


class Told(NamedTuple):
    """One mutation as its person sees it; `reason` is the stable code, "" for none."""

    id: str
    state: State
    reason: str


class Seen(NamedTuple):
    """The screens: every mutation that the phone shows, and the merged cells of each record."""

    mutations: tuple[Told, ...]
    rows: dict[str, dict[str, Any]]


class Phone(Protocol):
    """One replica of one technician; every method that writes may raise CrashedError."""

    def tap(self, draft: Draft) -> str:
        """The mutation's id, given only after its durable commit."""
        ...

    def ask(self) -> Request | None:
        """The next request, None while one is out or when there is nothing to say."""
        ...

    def hear(self, response: Response | None) -> None:
        """The answer to the request that is out; None: there will be none."""
        ...

    def crash_at(self, nth: int, *, kept: bool) -> None:
        """Die at the nth durable transaction from now, after it is `kept` or before."""
        ...

    def start(self) -> None:
        """Open the app again over what was durable."""
        ...

    def export(self) -> object:
        """The whole database, for a clone or a restore; opaque to the world."""
        ...

    def import_(self, database: object) -> None:
        """Put a database in place of this phone's own; the app starts anew."""
        ...

    def set_clock(self, now_ms: int) -> None:
        """What the device's clock says from now on, UTC ms."""
        ...

    def see(self) -> Seen:
        """What the person sees now."""
        ...
