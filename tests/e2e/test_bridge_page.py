"""The modem's own page in a Chromium of ours: read like a person would, and locked in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import pytest
import pytest_asyncio

from backend.cpe.report.content import report_of
from backend.cpe.report.sheet import sheet_body
from backend.modem_bridge.bridge import Drivers
from backend.modem_bridge.browser import Chromium
from backend.modem_bridge.credentials import Cipher, Credential
from backend.modem_bridge.protocol import Workers
from backend.modem_bridge.reading import Report, State, Wanted
from backend.modem_bridge.trouble import Kind, Trouble
from backend.simulators.xx230v import Cipher as Simulated
from backend.simulators.xx230v import Family, Login, Modem, Mood, served
from tests.e2e.phone import CHROMIUM
from tests.integrations.any_modem import any_modem
from tests.integrations.bridged import NETWORK, PASSWORD, address, bridged

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("modem page")]

# Each a way in which a page asks for something.
FETCHES: Final = """
<img src="http://127.0.0.1:PORT/img"><link rel="stylesheet" href="http://127.0.0.1:PORT/css">
<style>@import "http://127.0.0.1:PORT/import";
p { background: url(http://127.0.0.1:PORT/bg) }</style>
<iframe src="http://127.0.0.1:PORT/frame"></iframe><object data="http://127.0.0.1:PORT/obj"></object>
<meta http-equiv="refresh" content="0;url=http://127.0.0.1:PORT/refresh">
<script>fetch("http://127.0.0.1:PORT/fetch")</script>
<svg><image href="http://127.0.0.1:PORT/svg"/></svg><video src="http://127.0.0.1:PORT/v"></video>
"""
REPORT: Final = report_of({"subject": "Installation", "status": "completed"}, {})
WANTED: Final = (Wanted("DEV2_OPTC_GPON_CFG"), Wanted("DEV2_NO_SUCH"))
# What a page may do beside `Mood.elsewhere`, whose ways are HTTP and WebSocket.
BY_UDP: Final = """
const frame = document.createElement("iframe");
document.documentElement.append(frame);
for (const Peer of [self.RTCPeerConnection, frame.contentWindow.RTCPeerConnection]) {
  if (!Peer) continue;
  const peer = new Peer({ iceServers: [{ urls: "stun:127.0.0.1:PORT" }] });
  peer.createDataChannel("x");
  peer.createOffer().then((offer) => peer.setLocalDescription(offer));
}
const hint = document.createElement("link");
Object.assign(hint, { rel: "prerender", href: "http://127.0.0.1:PORT/prerender" });
document.documentElement.append(hint);
open("http://127.0.0.1:PORT/window");
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    """One for all of them, as in the bridge."""
    warm = Chromium(CHROMIUM, sandbox=False, checks=6, check_s=12.0)
    yield warm
    await warm.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def drivers(chromium: Chromium) -> AsyncIterator[Drivers]:
    """With workers beside it, as in the bridge."""
    workers = Workers(1)
    yield Drivers(workers, chromium)
    await workers.close()


async def test_page_is_read_when_the_protocol_has_changed(tmp_path: Path, drivers: Drivers) -> None:
    async with bridged(tmp_path, [Mood(cipher=Simulated.GCM)], drivers=drivers) as asked:
        told = await asked.status(address(0))

        modem = asked.modems[address(0)]
        assert (modem.logins, modem.logouts) == ([Login("user", accepted=True)], 1)

    assert (told["http"], told["driver"]) == (200, "browser")
    assert told["optical"]["rows"][1]["raw"] == "71"
    assert "simulated-" not in str(told)


async def test_wrong_password_is_tried_once_by_the_page_too(
    tmp_path: Path, drivers: Drivers
) -> None:
    mood = Mood(cipher=Simulated.GCM)
    async with bridged(tmp_path, [mood], drivers=drivers, password=PASSWORD[::-1]) as asked:
        told = [(await asked.status(address(0)))["error"] for _ in range(2)]

        assert asked.modems[address(0)].logins == [Login("user", accepted=False)]

    assert told == ["wrong-password-or-locked", "modem-held"]


async def test_modem_is_read_by_its_page(chromium: Chromium) -> None:
    async with any_modem(Cipher.CBC) as modem:
        report = await chromium.read(modem.url, modem.credential, WANTED)

    assert (report.kind, report.accepted) == (None, True)
    assert report.objects["DEV2_OPTC_GPON_CFG"].rows


async def test_older_page_is_read_by_its_own_functions(chromium: Chromium) -> None:
    report, modem = await read(chromium, Mood(family=Family.ACT))

    assert report.objects["DEV2_OPTC_GPON_CFG"].rows[0]["RXPower"] == "71"
    assert report.objects["DEV2_NO_SUCH"].state is State.MISSING
    assert modem.logouts == 1


async def test_page_without_functions_is_left_again(chromium: Chromium) -> None:
    report, modem = await read(chromium, Mood(family=Family.NEITHER))

    assert (report.kind, report.detail) == (Kind.PROTOCOL, "no-functions")
    assert (len(modem.logins), modem.logouts) == (1, 1)


async def test_somebody_else_in_the_page_is_not_thrown_out(chromium: Chromium) -> None:
    report, modem = await read(chromium, Mood(taken=True))

    assert report.kind is Kind.SESSION_TAKEN
    assert modem.logins == []


async def test_page_that_calls_elsewhere_reaches_nothing(chromium: Chromium) -> None:
    async with sentinel() as (port, seen):
        script = "addEventListener('DOMContentLoaded', () => {" + BY_UDP + "});"
        mood = Mood(elsewhere=f"http://127.0.0.1:{port}", script=script.replace("PORT", str(port)))

        report, modem = await read(chromium, mood)

    assert report.objects["DEV2_OPTC_GPON_CFG"].state is State.READ
    assert modem.logouts == 1
    assert seen == []


async def test_page_that_leads_elsewhere_is_not_followed(chromium: Chromium) -> None:
    async with sentinel() as (port, seen):
        report, _ = await read(chromium, Mood(redirect=f"http://127.0.0.1:{port}"))

    assert (report.kind, report.detail) == (Kind.PROTOCOL, "elsewhere")
    assert seen == []


async def test_page_without_end_is_cut_in_the_browser(chromium: Chromium) -> None:
    report, _ = await read(chromium, Mood(endless=True))

    assert (report.kind, report.detail) == (Kind.PROTOCOL, "too-large")


async def test_page_that_hangs_is_given_up_and_the_next_is_read(chromium: Chromium) -> None:
    hangs = "if (sessionStorage.session) for (;;);"
    reports = await asyncio.gather(
        read(chromium, Mood(script=hangs)), *(read(chromium, Mood()) for _ in range(2))
    )
    after, _ = await read(chromium, Mood())

    assert reports[0][0].kind is not None
    assert after.kind is None
    assert chromium.most_contexts == 2


async def test_report_is_printed_from_evidence_whose_html_is_text(
    tmp_path: Path, drivers: Drivers
) -> None:
    async with sentinel() as (port, seen), bridged(tmp_path, [Mood()], drivers=drivers) as asked:
        hostile = msgspec.structs.replace(REPORT, client=FETCHES.replace("PORT", str(port)))
        body = sheet_body(hostile, "fr", ZoneInfo("America/Toronto"), 1_795_456_800_000)

        answer = await asked.client.post("/reports", content=body)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert seen == []


async def test_page_to_print_runs_nothing_and_reaches_nothing(chromium: Chromium) -> None:
    async with sentinel() as (port, seen):
        with suppress(Trouble):  # Chromium may not print a page that is about to leave
            await chromium.pdf(f"<p>x</p>{FETCHES.replace('PORT', str(port))}")

    assert seen == []


async def test_what_is_no_report_is_not_printed(tmp_path: Path, drivers: Drivers) -> None:
    async with bridged(tmp_path, [Mood()], drivers=drivers) as asked:
        told = [
            await asked.client.post("/reports", content=body)
            for body in (b"<h1>x</h1>", b'{"html":"<h1>x</h1>"}')
        ]

    assert [each.status_code for each in told] == [422, 422]
    assert [each.json()["error"] for each in told] == ["bad-report", "bad-report"]


async def read(chromium: Chromium, mood: Mood) -> tuple[Report, Modem]:
    """What the page of a modem in such a mood gives."""
    modem = Modem(mood=mood)
    credential = Credential("xx230v", PASSWORD, (NETWORK,))
    async with served(modem, address(9)) as port:
        url = f"http://{address(9)}:{port}"
        return await chromium.read(url, credential, WANTED), modem


@asynccontextmanager
async def sentinel() -> AsyncIterator[tuple[int, list[str]]]:
    """Listens beside the modem, by TCP and UDP; gives the port, and what came."""
    seen: list[str] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readline()).decode("latin-1"))
        writer.close()

    class Datagrams(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            seen.append(f"{len(data)} bytes by UDP from {addr}")

    async with await asyncio.start_server(note, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            Datagrams, local_addr=("127.0.0.1", port)
        )
        try:
            yield port, seen
        finally:
            transport.close()


async def test_check_that_is_given_up_while_its_page_closes_leaves_none_behind(
    chromium: Chromium,
) -> None:
    modem = Modem(mood=Mood(cipher=Simulated.GCM))
    credential = Credential("simulated", PASSWORD, (NETWORK,))
    async with served(modem, address(8)) as port:
        url = f"http://{address(8)}:{port}"
        given_up = asyncio.create_task(chromium.read(url, credential, WANTED))
        async with asyncio.timeout(20):
            while not modem.logins:  # noqa: ASYNC110  (a modem tells nobody)
                await asyncio.sleep(0.01)
        for _ in range(3):  # its reading, its logout, and the closing of its page
            given_up.cancel()
            await asyncio.sleep(0)
        await asyncio.wait([given_up])

    await asyncio.gather(*(chromium.pdf("<p>1") for _ in range(3)))

    assert given_up.cancelled()
    assert chromium.most_contexts <= 2


async def test_chromium_that_does_not_start_in_time_is_not_left_running(tmp_path: Path) -> None:
    hanging, told = tmp_path / "chromium", tmp_path / "pid"
    hanging.write_text(f"#!/bin/sh\necho $$ > {told}\nexec sleep 600\n")
    hanging.chmod(0o755)
    chromium = Chromium(str(hanging), sandbox=False, launch_s=5.0)

    with pytest.raises(Trouble, match="no-browser"):
        await chromium.pdf("<p>1")

    async with asyncio.timeout(10):
        while is_alive(told.read_text()):  # noqa: ASYNC110  (a process tells nobody else)
            await asyncio.sleep(0.05)
    await chromium.close()


def is_alive(pid: str) -> bool:
    """Whether a process is still there."""
    return Path("/proc", pid.strip()).exists()
