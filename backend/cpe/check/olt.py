"""The OLTs as a source: what the other end of the fibre knows of a terminal."""

from msgspec.structs import replace

from backend.cpe.check.source import Target
from backend.cpe.olt.source import Olts
from backend.cpe.readings import SourceReport, Summary


class OltNow:
    """One request once the terminal's row is known: also to follow one that is starting."""

    name = "olt"
    deadline_s = 20.0  # a first check may wait for the walk of all serials
    concurrency = 8  # lines; the client itself asks each OLT two things at once at most
    keeps_s = 10.0
    stands_in_for = ""
    follows_start = True

    def __init__(self, olts: Olts) -> None:
        self._olts = olts

    async def read(self, target: Target) -> Summary:
        """Raises Unavailable or Refused."""
        said = await self._olts.read(target.identity)
        as_of_ms = max((each.olt.as_of_ms for each in said.pon if each.olt), default=None)
        return replace(said, sources=(SourceReport(as_of_ms=as_of_ms),))
