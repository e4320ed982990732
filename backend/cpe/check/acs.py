"""GenieACS as two sources: what it last heard, at once; and what the terminal itself says now."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from backend.cpe.check.source import Source, Target
from backend.cpe.genieacs.live import Ending
from backend.cpe.genieacs.source import GenieAcs
from backend.cpe.readings import SourceReport, SourceState, Summary
from backend.errors import Refused

ACS_LIVE: Final = "acs_live"
LIVE_S: Final = 40.0  # the hard stop of a check less what deleting a task may take
_STATES: Final = {
    Ending.DONE: SourceState.OK,
    Ending.NOTHING_NEW: SourceState.STALE,
    Ending.LATE: SourceState.TIMEOUT,
}


class AcsCached:
    """What the ACS last heard of a terminal; it says how long ago with each value."""

    name = "acs_cached"
    deadline_s = 8.0
    concurrency = 8
    keeps_s = 30.0
    stands_in_for = ""
    follows_start = True

    def __init__(self, acs: GenieAcs) -> None:
        self._acs = acs

    async def read(self, target: Target) -> Summary:
        """Raises Unavailable or Refused."""
        summary = await self._acs.cached(await found(self._acs, target))
        report = SourceReport(as_of_ms=summary.last_inform_ms)
        return replace(summary, sources=(report,))


class AcsLive:
    """What a terminal says when the ACS calls it."""

    name = ACS_LIVE
    stands_in_for = ""
    follows_start = False
    deadline_s = LIVE_S + 4.0
    concurrency = 8
    keeps_s = 30.0

    def __init__(self, acs: GenieAcs) -> None:
        self._acs = acs

    async def read(self, target: Target) -> Summary:
        """Raises Unavailable or Refused."""
        heard = await self._acs.now(await found(self._acs, target), LIVE_S)
        state = _STATES.get(heard.ending, SourceState.ERROR)
        detail = "" if state is SourceState.OK else heard.fault or heard.ending.value
        as_of = heard.summary.last_inform_ms
        report = SourceReport(state=state, as_of_ms=as_of, detail=detail)
        return replace(heard.summary, sources=(report,))


def acs_sources(acs: GenieAcs) -> Sequence[Source]:
    """Both sources of one ACS."""
    return (AcsCached(acs), AcsLive(acs))


async def found(acs: GenieAcs, target: Target) -> str:
    """The one terminal that is meant. Raises Unavailable or Refused."""
    devices = await acs.find(target.identity)
    if not devices:
        raise Refused("no-such-device")
    if len(devices) > 1:
        raise Refused("many-devices")
    return devices[0].id
