"""A modem's own web interface as a source, by the bridge: for what its ACS cannot tell now."""

from urllib.parse import urlsplit

from msgspec.structs import replace

from backend.cpe.bridge.client import ModemBridge, ModemTrouble
from backend.cpe.bridge.decode import summary
from backend.cpe.check.acs import ACS_LIVE, found
from backend.cpe.check.source import Target
from backend.cpe.genieacs.source import GenieAcs
from backend.cpe.readings import SourceReport, Summary
from backend.errors import Refused

_LATE = "timeout"


class ModemWeb:
    """Asked where the ACS calls the modem; the bridge judges whether that is one of our networks.

    A login takes the modem's page away from the customer: it is not asked for what its ACS told.
    """

    name = "modem"
    deadline_s = 40.0
    concurrency = 4  # the bridge has as many workers
    keeps_s = 30.0
    stands_in_for = ACS_LIVE
    follows_start = False

    def __init__(self, bridge: ModemBridge, acs: GenieAcs) -> None:
        self._bridge, self._acs = bridge, acs

    async def read(self, target: Target) -> Summary:
        """Raises Unavailable, Refused, or TimeoutError when the modem is too slow."""
        url = await self._acs.call_url(await found(self._acs, target))
        host = urlsplit(url).hostname or ""
        if not host:
            raise Refused("no-address")
        said = await self._bridge.status(host)
        if isinstance(said, ModemTrouble):
            raise TimeoutError if said.error == _LATE else Refused(said.error)
        report = SourceReport(as_of_ms=said.as_of_ms, detail=said.driver)
        return replace(summary(said), sources=(report,))
