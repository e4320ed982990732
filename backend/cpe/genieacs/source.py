"""GenieACS as the engine of checks uses it: find a modem, what is known of it, what it says now."""

from typing import Final, NamedTuple

from backend.cpe.genieacs.client import Device, Nbi
from backend.cpe.genieacs.decode import summary
from backend.cpe.genieacs.live import WITHIN_S, Ending, Live
from backend.cpe.genieacs.parameter_map import MAPS, everything, map_of
from backend.cpe.genieacs.tasks import lookup
from backend.cpe.genieacs.tree import leaves
from backend.cpe.readings import Identity, Summary

_CALL_URLS: Final = tuple(
    f"{root}.ManagementServer.ConnectionRequestURL" for root in ("Device", "InternetGatewayDevice")
)
_MACS: Final = tuple(path for each in MAPS for path in each.mac_paths)


class Heard(NamedTuple):
    """What a modem said, each value of its own age, and how asking it ended (`fault`: its code)."""

    summary: Summary
    ending: Ending
    fault: str = ""


class GenieAcs:
    """One ACS. Every method raises Unavailable or Refused."""

    def __init__(self, nbi: Nbi) -> None:
        self._nbi = nbi
        self._live = Live(nbi)

    async def find(self, identity: Identity) -> list[Device]:
        """The modems that any part of an identity means. More than one: the parts contradict one
        another, and somebody must look."""
        return await self._nbi.devices(lookup(identity, _MACS))

    async def cached(self, device_id: str) -> Summary:
        """What the ACS last heard, at once."""
        return summary(await self._nbi.document(device_id, everything()))

    async def call_url(self, device_id: str) -> str:
        """Where the ACS calls a modem, "" when it does not know."""
        found = leaves(await self._nbi.document(device_id, _CALL_URLS))
        return next((str(found[path].value) for path in _CALL_URLS if path in found), "")

    async def now(self, device_id: str, within_s: float = WITHIN_S) -> Heard:
        """What the modem says, of all that a check reads; what it did not tell is as it was known.

        A modem of a kind that has no map has nothing to tell.
        """
        document = await self._nbi.document(device_id, everything())
        kind, known = map_of(document, leaves(document)), summary(document)
        if kind is None:
            return Heard(known, Ending.NOTHING_NEW)
        # Whose model is not known was never read whole: our preset was not there when it booted.
        names = kind.live_names if known.model else kind.names
        answer = await self._live.read(device_id, names, within_s)
        return Heard(await self.cached(device_id), answer.ending, answer.fault)

    async def close(self) -> None:
        """End what is under way."""
        await self._live.close()
