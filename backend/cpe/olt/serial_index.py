"""Where on an OLT each terminal is, by its GPON serial: kept from one walk to the next."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Final, NamedTuple

from backend.cpe.olt.decode import Raw, serial_of
from backend.cpe.olt.profile import Index
from backend.errors import Refused, Unavailable

EVERY_S: Final = 600.0
NEGATIVE_S: Final = 15.0  # who was not there, or who did not answer, a moment ago
WALK_S: Final = 30.0

Walk = Callable[[], Awaitable[Mapping[Index, Raw]]]


class Found(NamedTuple):
    """The rows in which a serial is (more than one: it is registered twice), and of which walk."""

    places: tuple[Index, ...]
    walk: int


class SerialIndex:
    """The terminals of one OLT. Methods raise Unavailable or Refused, as the walk does."""

    def __init__(self, walk: Walk, clock: Callable[[], float] = monotonic) -> None:
        self._walk, self._clock = walk, clock
        self._places: dict[str, tuple[Index, ...]] = {}
        self._walks = 0
        self._tried_at = float("-inf")
        self._fault: Unavailable | Refused | None = None
        self._walking: asyncio.Task[None] | None = None

    def known(self, serial: str) -> Found:
        """Where it was at the last walk; nowhere before the first one."""
        return Found(self._places.get(serial, ()), self._walks)

    async def look_again(self, serial: str) -> Found:
        """Where it is now, for a serial that is nowhere; by a walk of NEGATIVE_S ago at most."""
        if self._clock() - self._tried_at >= NEGATIVE_S:
            await self.renew()
        else:
            self._raise_fault()
        return self.known(serial)

    async def since(self, serial: str, walk: int) -> Found:
        """Where it is by a later walk than that one, for a terminal that has moved."""
        if self._walks == walk:
            await self.renew()
        return self.known(serial)

    async def renew(self) -> None:
        """Walk the column, or wait for the walk that is under way."""
        if self._walking is None:
            self._walking = asyncio.create_task(self._fill())
        await asyncio.shield(self._walking)
        self._raise_fault()

    async def close(self) -> None:
        """End what is under way."""
        if self._walking:
            self._walking.cancel()
            await asyncio.wait([self._walking])

    def _raise_fault(self) -> None:
        """One of its own for each who asks: a traceback grows with every raise."""
        if self._fault:
            raise type(self._fault)(self._fault.kind)

    async def _fill(self) -> None:
        try:
            async with asyncio.timeout(WALK_S):
                rows = await self._walk()
            self._places, self._fault = by_serial(rows), None
            self._walks += 1
        except TimeoutError:
            self._fault = Unavailable("timeout")
        except (Unavailable, Refused) as fault:
            self._fault = fault
        finally:
            self._tried_at, self._walking = self._clock(), None


def by_serial(rows: Mapping[Index, Raw]) -> dict[str, tuple[Index, ...]]:
    """The rows of a serial column by what they say, whichever way it is written."""
    places: dict[str, tuple[Index, ...]] = {}
    for index, raw in rows.items():
        if serial := serial_of(raw):
            places[serial] = (*places.get(serial, ()), index)
    return places
