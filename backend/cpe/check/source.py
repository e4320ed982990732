"""What the engine of checks asks: sources, and the line that they are asked about."""

from typing import NamedTuple, Protocol

from backend.cpe.readings import Identity, SourceReport, Summary


class Target(NamedTuple):
    """A terminal, by all that it may be known by, and where it belongs: its OLT and port there.

    `plan` names limits; "" is not known. `on_file`: somebody has it in an inventory.
    """

    identity: Identity = Identity()
    olt: str = ""
    port: str = ""
    plan: str = ""
    on_file: bool = False


class Source(Protocol):
    """One who knows something of a line.

    It is asked about `concurrency` lines at once, has `deadline_s` to answer, and what it said
    answers a look-up for `keeps_s`. `name` is the same for ever: it is in the evidence. It is asked
    only when the one that it `stands_in_for` ("": nobody) has failed, or is slow; one that
    `follows_start` costs so little that it is asked every few seconds while a terminal starts.
    """

    @property
    def name(self) -> str: ...
    @property
    def deadline_s(self) -> float: ...
    @property
    def concurrency(self) -> int: ...
    @property
    def keeps_s(self) -> float: ...
    @property
    def stands_in_for(self) -> str: ...
    @property
    def follows_start(self) -> bool: ...

    async def read(self, target: Target) -> Summary:
        """What it says, now or within its deadline. A report in the summary's `sources` says how
        it ended; none is OK. Raises Unavailable, when it is away itself, Refused, when it does
        not know the line, or TimeoutError, when the line is too slow for it."""


class Result(NamedTuple):
    """What came of asking one source."""

    report: SourceReport
    summary: Summary = Summary()
