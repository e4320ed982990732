"""Only literal addresses of the configured networks are asked: nothing else sees a connection."""

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple
from urllib.parse import quote

import pytest
import pytest_asyncio

from backend.modem_bridge.hosts import SIMULATED, modem_address
from backend.modem_bridge.trouble import Trouble
from backend.simulators.xx230v import Mood
from tests.integrations.bridged import Bridged, bridged, protocol_drivers
from tests.rows import row

NOT_MODEMS = (
    "127.0.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "127.1",
    "127.000.000.001",
    "localhost",
    "modem.example.ca",
    "::1",
    "[::1]",
    "::ffff:127.0.0.1",
    "::ffff:127.64.0.20",
    "::127.0.0.1",
    "127.64.0.20:8080",
    "127.64.0.20@127.0.0.1",
    "user:password@127.0.0.1",
    "127.64.0.20%25lo",
    "127.64.0.20#@127.0.0.1",
    "127.64.0.20 ",
    "１２７.0.0.1",
    "169.254.169.254",
    "10.0.0.1",
    "0.0.0.0",  # noqa: S104
)


pytestmark = pytest.mark.asyncio(loop_scope="module")


class Sentinel(NamedTuple):
    """Listens where no modem is, on the port that modems have."""

    port: int
    seen: list[str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def listening() -> AsyncIterator[Sentinel]:
    seen: list[str] = []

    async def note(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append("connected")
        writer.close()

    async with await asyncio.start_server(note, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with await asyncio.start_server(note, "::1", port):
            yield Sentinel(port, seen)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(
    tmp_path_factory: pytest.TempPathFactory, listening: Sentinel
) -> AsyncIterator[Bridged]:
    folder, port = tmp_path_factory.mktemp("bridge"), listening.port
    async with (
        protocol_drivers() as drivers,
        bridged(folder, [Mood()], drivers=drivers, port=port) as made,
    ):
        yield made


@pytest.fixture
def sentinel(listening: Sentinel) -> Sentinel:
    """As if nothing had been seen yet."""
    listening.seen.clear()
    return listening


@pytest.mark.parametrize("host", NOT_MODEMS)
async def test_address_that_is_not_a_modems_is_refused_before_a_socket_opens(
    asked: Bridged, sentinel: Sentinel, host: str
) -> None:
    answer = await asked.client.get(f"/modems/{quote(host, safe='')}/status")

    assert answer.status_code == 422
    assert answer.json()["error"] == "bad-host"
    assert answer.json()["fr"]["todo"]
    assert sentinel.seen == []
    assert all(not modem.logins for modem in asked.modems.values())


async def test_redirecting_modem_leads_nowhere(asked: Bridged, sentinel: Sentinel) -> None:
    asked.modems["127.64.0.20"].mood = Mood(redirect=f"http://127.0.0.1:{sentinel.port}")

    told = await asked.status("127.64.0.20")

    assert (told["error"], told["detail"]) == ("protocol", "redirect")
    assert sentinel.seen == []


@row(24, without={"backend.modem_bridge.hosts.ip_address": lambda _text: SIMULATED[20]})
async def test_no_way_of_writing_another_address_names_a_modem() -> None:
    for written in NOT_MODEMS:
        with pytest.raises(Trouble, match="bad-host"):
            modem_address(written, [SIMULATED])
