"""The demo judges its lines: each has a class, and an OLT that sees the terminal as its ACS."""

from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path

from backend.cpe.olt.source import open_olts
from backend.cpe.readings import Identity
from backend.cpe.thresholds import limits_of, load_thresholds
from backend.demo import Simulated, demo_settings
from backend.simulators.erpnext import demo_site
from backend.simulators.genieacs import GenieAcsSimulator, demo_acs
from backend.simulators.olt import COMMUNITY, demo_olts

DAY = date(2026, 11, 23)
PORT = 18_700


async def test_every_terminal_of_the_demo_is_seen_and_can_be_judged(tmp_path: Path) -> None:
    site = demo_site(DAY)
    acs = demo_acs(site, DAY)
    olts = [*demo_olts(site, acs)]
    simulated = Simulated(None, "k:s", GenieAcsSimulator(acs), (), "p", olts, COMMUNITY)
    settings = demo_settings(PORT, str(tmp_path), simulated)
    seen = []

    async with AsyncExitStack() as stack:
        for olt in olts:
            await stack.enter_async_context(olt.served(PORT + 5))
        source = open_olts(settings)
        stack.push_async_callback(source.close)
        for known in acs.devices.values():
            said = await source.read(Identity(gpon_serial=known.terminal.serial))
            [row], [light] = said.pon, said.optical_status or [None]
            assert row.state
            seen.append((row.state.value, light and light.rx_dbm and light.rx_dbm.value))

    limits = limits_of(load_thresholds(settings.checks.thresholds_path), olt=olts[0].name)
    assert limits.rx_ont
    assert seen[0] == ("online", -21.49)
    assert seen[-2][0] == "offline"
    assert seen[-1] == ("online", -28.86)
