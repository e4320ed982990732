"""The OLTs as a source: what the other end of the fibre sees, in some hundredths of a second."""

from backend.cpe.check.source import Target
from backend.cpe.olt.source import Olts
from backend.cpe.readings import Summary


class OltSnmp:
    """Whichever OLT has the terminal."""

    name = "olt"
    deadline_s = 10.0
    concurrency = 8  # each OLT bears two at once, and sees to that itself
    keeps_s = 10.0
    stands_in_for = ""
    follows_start = True

    def __init__(self, olts: Olts) -> None:
        self._olts = olts

    async def read(self, target: Target) -> Summary:
        """Raises Unavailable or Refused."""
        return await self._olts.read(target.identity)
