"""GenieACS as the engine of checks uses it: find a modem, what is known of it, what it says now."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, NamedTuple, TypeVar

from backend.cpe.genieacs.client import Device, Nbi
from backend.cpe.genieacs.decode import summary
from backend.cpe.genieacs.live import WITHIN_S, Ending, Live
from backend.cpe.genieacs.parameter_map import MAPS, everything, map_of
from backend.cpe.genieacs.tasks import lookup
from backend.cpe.genieacs.tree import leaves
from backend.cpe.readings import Identity, Summary

T = TypeVar("T")

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
    """One ACS. Every method raises Unavailable or Refused.

    The sources of one check begin with the same two questions: what is asked while the same is
    under way is asked once, for the first value is waited for on a doorstep.
    """

    def __init__(self, nbi: Nbi) -> None:
        self._nbi = nbi
        self._live = Live(nbi)
        self._flights: dict[object, asyncio.Task[Any]] = {}

    async def find(self, identity: Identity) -> list[Device]:
        """The modems that any part of an identity means. More than one: the parts contradict one
        another, and somebody must look."""
        query = lookup(identity, _MACS)
        return await self._once(identity, self._nbi.devices(query))

    async def cached(self, device_id: str) -> Summary:
        """What the ACS last heard, at once."""
        return summary(await self._heard(device_id))

    async def call_url(self, device_id: str) -> str:
        """Where the ACS calls a modem, "" when it does not know."""
        found = leaves(await self._nbi.document(device_id, _CALL_URLS))
        return next((str(found[path].value) for path in _CALL_URLS if path in found), "")

    async def now(self, device_id: str, within_s: float = WITHIN_S) -> Heard:
        """What the modem says, of all that a check reads; what it did not tell is as it was known.

        A modem of a kind that has no map has nothing to tell.
        """
        document = await self._heard(device_id)
        kind, known = map_of(document, leaves(document)), summary(document)
        if kind is None:
            return Heard(known, Ending.NOTHING_NEW)
        # Whose model is not known was never read whole: our preset was not there when it booted.
        names = kind.live_names if known.model else kind.names
        answer = await self._live.read(device_id, names, within_s)
        # Anew: a question that is under way may have been asked before the modem spoke.
        said = await self._nbi.document(device_id, everything())
        return Heard(summary(said), answer.ending, answer.fault)

    async def close(self) -> None:
        """End what is under way."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
        await self._live.close()

    async def _heard(self, device_id: str) -> dict[str, Any]:
        return await self._once(device_id, self._nbi.document(device_id, everything()))

    async def _once(self, about: object, asking: Coroutine[Any, Any, T]) -> T:
        flight: asyncio.Task[T] | None = self._flights.get(about)
        if flight is None:
            flight = self._flights[about] = asyncio.create_task(asking)
            flight.add_done_callback(lambda ended: self._landed(about, ended))
        else:
            asking.close()
        return await asyncio.shield(flight)

    def _landed(self, about: object, flight: asyncio.Task[Any]) -> None:
        """Nobody may be waiting any more: its error is then nobody's."""
        del self._flights[about]
        _ = flight.cancelled() or flight.exception()
