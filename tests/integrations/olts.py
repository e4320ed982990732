"""Simulated OLTs, served, and the source under test that reads them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC
from typing import Final, NamedTuple

import pytest

from backend.cpe.olt.client import Agent, Credentials, Snmp
from backend.cpe.olt.olt import Olt
from backend.cpe.olt.source import Olts
from backend.cpe.readings import Identity, Pon, Summary
from backend.errors import Refused, Unavailable
from backend.simulators.olt import Chassis, OltSimulator
from backend.simulators.olt.agent import COMMUNITY

ANSWERS_S: Final = 0.2
SERIAL: Final = "TPLG97441B58"
BY_COMMUNITY: Final = Credentials(COMMUNITY)


class Bench(NamedTuple):
    """The source, and the agents of its OLTs (EST, OUEST, ...) in the order of their chassis."""

    olts: Olts
    agents: list[OltSimulator]

    async def read(self, serial: str = SERIAL) -> Summary:
        """What the OLTs know of a terminal."""
        return await self.olts.read(Identity(gpon_serial=serial))


@asynccontextmanager
async def served(*chassis: Chassis) -> AsyncIterator[Bench]:
    """Each chassis on a loopback port of its own."""
    agents = [OltSimulator(each) for each in chassis]
    async with AsyncExitStack() as stack:
        places = [await stack.enter_async_context(each.served()) for each in agents]
        olts = Olts([olt(*each) for each in zip(("EST", "OUEST"), places, strict=False)])
        stack.push_async_callback(olts.close)
        yield Bench(olts, agents)


def olt(
    name: str, place: str, credentials: Credentials = BY_COMMUNITY, answers_s: float = ANSWERS_S
) -> Olt:
    """The OLT at `host:port`."""
    host, _, port = place.rpartition(":")
    return Olt(name, Snmp(Agent(host, int(port), credentials, answers_s)), None, UTC)


async def refusal(bench: Bench, serial: str = SERIAL) -> str:
    """Why the source did not tell."""
    with pytest.raises((Refused, Unavailable)) as caught:
        await bench.read(serial)
    assert isinstance(caught.value, Refused | Unavailable)
    return f"{type(caught.value).__name__} {caught.value.kind}"


def places(summary: Summary) -> list[str]:
    """Where a summary says that the terminal is, and its state there."""
    return [_place(each) for each in summary.pon]


def _place(row: Pon) -> str:
    said = (row.olt, row.port, row.state)
    return " ".join(each.value for each in said if each)
