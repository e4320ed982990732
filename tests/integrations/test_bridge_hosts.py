"""Only literal addresses of the configured networks are asked: nothing else sees a connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import pytest
import pytest_asyncio

from backend.simulators.xx230v import Mood
from tests.integrations.bridged import Bridged, bridged, protocol_drivers

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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bridged]:
    folder = tmp_path_factory.mktemp("bridge")
    async with protocol_drivers() as drivers, bridged(folder, [Mood()], drivers=drivers) as made:
        yield made


@pytest.mark.parametrize("host", NOT_MODEMS)
async def test_address_that_is_not_a_modems_is_refused_before_a_socket_opens(
    asked: Bridged, host: str
) -> None:
    async with sentinel(asked.port) as seen:
        answer = await asked.client.get(f"/modems/{quote(host, safe='')}/status")

    assert answer.status_code == 422
    assert answer.json()["error"] == "bad-host"
    assert answer.json()["fr"]["todo"]
    assert seen == []
    assert all(not modem.logins for modem in asked.modems.values())


async def test_redirecting_modem_leads_nowhere(asked: Bridged) -> None:
    async with sentinel(asked.port) as seen:
        asked.modems["127.64.0.20"].mood = Mood(redirect=f"http://127.0.0.1:{asked.port}")

        told = await asked.status("127.64.0.20")

    assert (told["error"], told["detail"]) == ("protocol", "redirect")
    assert seen == []


@asynccontextmanager
async def sentinel(port: int) -> AsyncIterator[list[str]]:
    """Listens where no modem is; gives what connected."""
    seen: list[str] = []

    async def note(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append("connected")
        writer.close()

    async with (
        await asyncio.start_server(note, "127.0.0.1", port),
        await asyncio.start_server(note, "::1", port),
    ):
        yield seen
