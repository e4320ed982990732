"""The demo's OLTs know the terminals of its customers where ERPNext has them, and shows one that is
weak and one without power."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import date

import pytest_asyncio

from backend.cpe.olt.source import Olts
from backend.cpe.readings import Identity
from backend.simulators.erpnext import demo_site
from backend.simulators.erpnext.site import Site
from backend.simulators.olt import demo_olts
from tests.integrations.olts import olt

DAY = date(2026, 11, 23)


def on_file(site: Site) -> dict[str, str]:
    """Where each installed ONT is by its serial: OLT and port."""
    places = {row["name"]: row for row in site.database.rows("Service Location")}
    return {
        row["serial_number"]: f"{place['olt_name']} {place['pon_port']}"
        for row in site.database.rows("Service Equipment")
        if row["equipment_type"] == "ONT" and (place := places.get(row["service_location"]))
    }


@pytest_asyncio.fixture
async def served() -> AsyncIterator[tuple[Olts, dict[str, str]]]:
    """The demo's OLTs; the first terminal on file is weak, the second dark."""
    site = demo_site(DAY)
    known = on_file(site)
    weak, dark, *_ = known
    async with AsyncExitStack() as stack:
        olts = [
            olt(each.name, await stack.enter_async_context(each.served(0)))
            for each in demo_olts(site, weak=[weak], dark=[dark])
        ]
        yield Olts(olts), known


async def test_every_installed_terminal_is_on_its_olt_at_its_port(
    served: tuple[Olts, dict[str, str]],
) -> None:
    olts, known = served
    weak, dark, third, *_ = known

    said = {serial: await olts.read(Identity(gpon_serial=serial)) for serial in (weak, dark, third)}

    for serial, summary in said.items():
        [pon] = summary.pon
        assert known[serial] == " ".join(each.value for each in (pon.olt, pon.port) if each)
    states = [pon.state.value for each in said.values() for pon in each.pon if pon.state]
    assert states == ["online", "offline", "online"]
    assert [each.rx_dbm.value for each in said[weak].optical_status if each.rx_dbm] == [-28.86]
    [pon] = said[dark].pon
    assert pon.last_down_cause
    assert pon.last_down_cause.value == "dying-gasp"
