"""Oktopus: off it asks nobody and says so; on it reads a terminal by USP, with one login."""

from datetime import UTC, datetime
from typing import Any, Final, cast

import httpx
import pytest

from backend.cpe.check.engine import Engine
from backend.cpe.check.opening import opened_engine
from backend.cpe.check.source import Target
from backend.cpe.oktopus.client import Controller, Credentials, open_http
from backend.cpe.oktopus.source import Oktopus
from backend.cpe.readings import Identity
from backend.settings import OktopusSettings, Settings
from backend.simulators.genieacs import xx230v
from backend.simulators.oktopus import OktopusSimulator
from tests.integrations.check_given import Heard, states
from tests.integrations.genieacs_nbi import RX

AT: Final = datetime(2026, 11, 23, 14, tzinfo=UTC)
SERIAL: Final = "22275A7000395"
TARGET: Final = Target(Identity(SERIAL))
SECRET: Final = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase"  # noqa: S105


def engine_of(controller: OktopusSimulator, password: str = "") -> Engine:
    """An engine whose one source is the controller."""
    transport = httpx.ASGITransport(cast("Any", controller.app()))
    credentials = Credentials(controller.email, password or controller.password)
    client = Controller(open_http("http://oktopus.test", transport), credentials)
    return Engine([Oktopus(client, "os::{serial}", lambda: AT)])


@pytest.fixture
def controller() -> OktopusSimulator:
    """It has one terminal."""
    terminal = xx230v(SERIAL)
    terminal.set(RX, 71)
    terminal.set(SECRET, "gisele-1957")
    return OktopusSimulator(terminals={f"os::{SERIAL}": terminal})


async def test_a_terminal_is_read_by_the_maps_of_its_maker(controller: OktopusSimulator) -> None:
    landed = await engine_of(controller).check(TARGET, Heard())

    [optical] = landed.summary.optical_status
    assert states(landed.results) == {"oktopus": "ok"}
    assert optical.rx_dbm
    assert (optical.rx_dbm.raw, round(optical.rx_dbm.value, 1)) == ("71", -21.5)
    assert landed.summary.serial
    assert landed.summary.serial.value == SERIAL
    assert "gisele-1957" not in repr(landed)


async def test_one_login_serves_until_its_token_runs_out(controller: OktopusSimulator) -> None:
    engine = engine_of(controller)
    await engine.check(TARGET, Heard())
    await engine.check(TARGET, Heard())
    first = controller.logins
    controller.tokens.clear()

    landed = await engine.check(TARGET, Heard())

    assert (first, controller.logins) == (1, 2)
    assert states(landed.results) == {"oktopus": "ok"}


async def test_wrong_password_is_tried_once_a_check(controller: OktopusSimulator) -> None:
    landed = await engine_of(controller, "another").check(TARGET, Heard())

    assert states(landed.results) == {"oktopus": "error auth"}
    assert controller.requests == 1


async def test_terminal_that_is_offline_is_told_so(controller: OktopusSimulator) -> None:
    controller.offline.add(f"os::{SERIAL}")

    landed = await engine_of(controller).check(TARGET, Heard())

    assert states(landed.results) == {"oktopus": "error offline"}


@pytest.mark.parametrize("flag", [None, "1", "yes", ""])
async def test_unless_it_is_let_it_says_disabled_and_starts_nothing(
    flag: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OKTOPUS_DISABLED", raising=False)
    if flag is not None:
        monkeypatch.setenv("OKTOPUS_DISABLED", flag)
    # No password file: reading it, or any request, would fail.
    asked = OktopusSettings(url="http://127.0.0.1:9", password_file="/nowhere")  # noqa: S106

    async with opened_engine(Settings(oktopus=asked)) as opened:
        checked = await opened.engine.check(TARGET, Heard())
        looked_up = await opened.engine.look_up(TARGET)

    assert states(checked.results) == {"oktopus": "skipped disabled"}
    assert states(looked_up.results) == {"oktopus": "skipped disabled"}
    assert opened.loops == {}


def test_let_it_needs_an_address_of_our_own_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKTOPUS_DISABLED", "0")

    assert OktopusSettings(url="http://10.0.0.4:8000").is_on
    assert not OktopusSettings().is_on
    with pytest.raises(ValueError, match="internal address"):
        OktopusSettings(url="http://8.8.8.8")
