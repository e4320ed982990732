"""The server's client of the bridge: a status as readings, a trouble with its words, two errors."""

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from backend.cpe.bridge.client import ModemBridge, ModemStatus, ModemTrouble, open_bridge
from backend.cpe.bridge.decode import summary
from backend.cpe.readings import Confidence, Source
from backend.errors import Refused, Unavailable
from backend.modem_bridge.bridge import Drivers
from backend.simulators.xx230v import Mood
from tests.integrations.bridged import SECRET, Bridged, address, bridged, protocol_drivers


@pytest.fixture
async def drivers() -> AsyncIterator[Drivers]:
    async with protocol_drivers() as begun:
        yield begun


async def test_status_becomes_the_readings_of_a_check(tmp_path: Path, drivers: Drivers) -> None:
    mood = Mood(missing=frozenset({"DEV2_WIFI_APDEV"}))
    async with bridged(tmp_path, [mood], drivers=drivers) as asked:
        status = await client_of(asked).status(address(0), "XX230v")

    assert isinstance(status, ModemStatus)
    read = summary(status)
    [optical] = read.optical_status
    assert optical.rx_dbm is not None
    assert round(optical.rx_dbm.value, 2) == -21.49
    assert optical.rx_dbm.source is Source.ONT_WEB
    assert optical.rx_dbm.as_of_ms == status.as_of_ms
    assert optical.rx_dbm.path == "DEV2_OPTC_GPON_CFG.1.RXPower"
    assert optical.rx_dbm.confidence is Confidence.UNCONFIRMED
    assert read.model is not None
    assert read.model.value == "XX230v"
    assert [each.role.value for each in read.interface if each.role] == ["wan", "management"]
    assert [each.band.value for each in read.wifi if each.band] == ["2.4", "5"]
    assert len(read.hosts) == 3
    assert read.mesh == ()
    assert read.sources[0].name == "modem_protocol"


async def test_trouble_comes_with_what_to_do_in_both_languages(
    tmp_path: Path, drivers: Drivers
) -> None:
    async with bridged(tmp_path, [Mood(taken=True)], drivers=drivers) as asked:
        told = await client_of(asked).status(address(0))

    assert isinstance(told, ModemTrouble)
    assert told.error == "session-taken"
    assert (told.fr.todo[:5], told.en.todo[:5]) == ("Ferme", "Close")


@pytest.mark.parametrize("host", ["127.64.0.20:80", "x/../127.64.0.20", "127.64.0.20/status?"])
async def test_address_of_any_shape_reaches_no_other_route(
    tmp_path: Path, drivers: Drivers, host: str
) -> None:
    async with bridged(tmp_path, [Mood()], drivers=drivers) as asked:
        with suppress(Refused):  # a server may take %2F for a slash, and then there is no route
            told = await client_of(asked).status(host)

            assert isinstance(told, ModemTrouble)
            assert told.error == "bad-host"
        assert asked.modems[address(0)].logins == []


async def test_wrong_secret_is_refused(tmp_path: Path, drivers: Drivers) -> None:
    async with bridged(tmp_path, [Mood()], drivers=drivers) as asked:
        with pytest.raises(Refused, match="auth"):
            await client_of(asked, secret="wrong").status(address(0))  # noqa: S106


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (httpx.Response(200, text="<html>"), Refused),
        (httpx.Response(302, headers={"Location": "http://127.0.0.1:9"}), Refused),
        (httpx.Response(200, content=b" " * 600_000), Refused),
        (httpx.ConnectError("refused"), Unavailable),
        (httpx.ReadTimeout("slow"), Unavailable),
    ],
)
async def test_what_is_no_bridge_is_one_of_two_errors(
    response: httpx.Response | httpx.HTTPError, error: type[Exception]
) -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        if isinstance(response, httpx.HTTPError):
            raise response
        return response

    async with open_bridge("http://bridge", SECRET, httpx.MockTransport(answer)) as http:
        with pytest.raises(error):
            await ModemBridge(http).status(address(0))


def client_of(asked: Bridged, secret: str = SECRET) -> ModemBridge:
    """A client in this process; there is nothing to close."""
    return ModemBridge(open_bridge("http://bridge", secret, asked.transport))
