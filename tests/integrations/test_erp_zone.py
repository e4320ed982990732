"""The zone of every datetime is the site's; a setting is for those who must override it."""

from pathlib import Path

import pytest

from backend.erp.zone import at_known_zone, at_site_zone
from backend.settings import ErpNextSettings, Settings
from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]


@pytest.fixture
def settings(simulated_on_loopback: SimulatedSite, tmp_path: Path) -> Settings:
    simulated_on_loopback.site.zone = "America/Halifax"
    (tmp_path / "token").write_text(simulated_on_loopback.token, "utf-8")
    erpnext = ErpNextSettings(simulated_on_loopback.base_url, str(tmp_path / "token"))
    return Settings(data=str(tmp_path / "data"), erpnext=erpnext)


async def test_the_zone_is_the_sites_and_is_remembered_while_it_is_away(
    simulated_on_loopback: SimulatedSite, settings: Settings
) -> None:
    asked = await at_site_zone(settings)
    simulated_on_loopback.site.maintenance = True
    away = await at_site_zone(settings)

    assert (asked.site_zone.key, away.site_zone.key) == ("America/Halifax", "America/Halifax")
    assert at_known_zone(settings).zone == "America/Halifax"


async def test_a_zone_that_is_set_overrides_the_sites_and_asks_nothing(
    simulated_on_loopback: SimulatedSite, settings: Settings
) -> None:
    simulated_on_loopback.site.log.clear()
    own = Settings(settings.data, zone="America/Regina", erpnext=settings.erpnext)

    assert (await at_site_zone(own)).zone == "America/Regina"
    assert simulated_on_loopback.site.log.entries() == []


async def test_a_zone_that_nobody_told_stops_the_start(
    simulated_on_loopback: SimulatedSite, settings: Settings
) -> None:
    simulated_on_loopback.site.maintenance = True

    with pytest.raises(ValueError, match="ERPNext never told it and does not answer"):
        await at_site_zone(settings)


async def test_without_erpnext_there_is_a_zone_all_the_same(tmp_path: Path) -> None:
    assert (await at_site_zone(Settings(data=str(tmp_path)))).site_zone.key == "America/Toronto"
