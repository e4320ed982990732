"""The GenieACS that integration tests run against: the simulator, or a real one that the
environment names (TERRAIN_TEST_GENIEACS_NBI_URL, and TERRAIN_TEST_GENIEACS_SERIAL of a terminal
that it can call).

A test module asks for it with `pytest_plugins = ["tests.integrations.genieacs_nbi"]`
and may import from it, too (hence PYTEST_DONT_REWRITE: pytest would warn of the import).
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import pytest_asyncio

from backend.cpe.genieacs.client import Nbi, open_http
from backend.cpe.genieacs.live import Live
from backend.simulators.genieacs import Acs, GenieAcsSimulator, Terminal, xx230v
from backend.simulators.genieacs.terminal import XX230V_SERIAL

RX: Final = "Device.Optical.Interface.1.X_TP_GPON_Config.RXPower"
SSID: Final = "Device.WiFi.SSID.1.SSID"


@dataclass
class Bench:
    """A served ACS and the client under test: all that the tests of a real GenieACS may know."""

    url: str
    serial: str
    nbi: Nbi
    live: Live


@dataclass
class SimulatedBench(Bench):
    """The simulator, with its inside."""

    simulator: GenieAcsSimulator
    acs: Acs
    terminal: Terminal

    @property
    def id(self) -> str:
        """The terminal's id."""
        return self.terminal.id


@asynccontextmanager
async def simulated_bench(*, serial: str = XX230V_SERIAL) -> AsyncIterator[SimulatedBench]:
    """A simulated ACS with one XX230v, on a free loopback port."""
    acs = Acs()
    terminal = xx230v(serial)
    known = acs.add(terminal)
    known.learn(terminal.below("Device.DeviceInfo"), known.last_inform)
    known.learn(terminal.below("Device.Ethernet"), known.last_inform)
    simulator = GenieAcsSimulator(acs)
    async with simulator.served() as url, open_http(url) as http:
        nbi = Nbi(http)
        live = Live(nbi)
        try:
            yield SimulatedBench(url, serial, nbi, live, simulator, acs, terminal)
        finally:
            await live.close()


@pytest_asyncio.fixture
async def bench() -> AsyncIterator[Bench]:
    """The real ACS of the environment, or the simulator."""
    url, serial = (os.environ.get(f"TERRAIN_TEST_GENIEACS_{x}", "") for x in ("NBI_URL", "SERIAL"))
    if not url or not serial:
        async with simulated_bench() as simulated:
            yield simulated
        return
    async with open_http(url) as http:
        nbi = Nbi(http)
        yield Bench(url, serial, nbi, Live(nbi))
