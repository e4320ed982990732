"""What bytes that are no request get from the server itself, over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from backend.app import create_app
from backend.installation import Installation
from backend.settings import Settings
from backend.store.links import create_link
from tests.api.installation import a_build, enrolled, people
from tests.given import MARC, NOW_MS
from tests.integrations.erpnext_site import LOOPBACK, on_loopback

ANSWER_S = 20.0


class Wire(NamedTuple):
    """A server on the loopback, the token of a link of Marc's, and his phone's cookie."""

    port: int
    token: str
    cookie: str

    async def post(self, path: str, chunks: bytes, *headers: str) -> bytes:
        """What comes back for a chunked body, written as it is."""
        reader, writer = await asyncio.open_connection(LOOPBACK, self.port)
        host = f"{LOOPBACK}:{self.port}"
        head = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Origin: http://{host}", *headers]
        lines = [*head, "Transfer-Encoding: chunked", "", ""]
        writer.write("\r\n".join(lines).encode() + chunks)
        async with asyncio.timeout(ANSWER_S):
            answer = await reader.readuntil(b"\r\n\r\n") + await reader.read(4096)
        writer.close()
        return answer


@pytest.fixture
async def wire(tmp_path: Path) -> AsyncIterator[Wire]:
    """The whole application behind a real socket."""
    settings = Settings(data=str(tmp_path / "data"), pwa=str(a_build(tmp_path / "dist")))
    app = create_app(settings, lambda: NOW_MS)
    running: Installation = app.state.installation
    async with on_loopback(app) as url:
        await running.store.writer.run(people)
        link = await running.store.writer.run(lambda conn: create_link(conn, MARC, NOW_MS, 14, 3))
        async with httpx.AsyncClient(base_url=url) as phone:
            made = await enrolled(phone, link.token)
        yield Wire(int(url.rpartition(":")[2]), link.token, made.headers["set-cookie"])


@pytest.mark.parametrize("chunks", [b"zz\r\n", b'4\r\n{"a"zz\r\n', b"ffffffffffffffffffff\r\n"])
async def test_a_chunk_that_is_none_is_unreadable_and_no_fault_of_ours(
    wire: Wire, chunks: bytes
) -> None:
    cookie = f"Cookie: {wire.cookie.partition(';')[0]}"

    answer = await wire.post(
        "/api/sync", chunks, cookie, "X-Terrain: 1", "Content-Type: application/json"
    )

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.endswith(b'{"error":"unreadable","reason":"cut"}')


async def test_a_form_that_is_cut_is_no_fault_of_ours(wire: Wire) -> None:
    kind = "Content-Type: application/x-www-form-urlencoded"

    answer = await wire.post(f"/t/{wire.token}", b"zz\r\n", kind)

    assert answer.startswith(b"HTTP/1.1 400 ")
