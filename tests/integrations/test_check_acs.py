"""GenieACS and the modem bridge as sources of a check: what they say, how they fail."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import msgspec
import pytest

from backend.cpe.bridge.client import (
    ModemBridge,
    ModemStatus,
    ModemTrouble,
    Section,
    Words,
    open_bridge,
)
from backend.cpe.check.acs import acs_sources
from backend.cpe.check.engine import Engine
from backend.cpe.check.evidence import encoded
from backend.cpe.check.modem import ModemWeb
from backend.cpe.check.source import Target
from backend.cpe.genieacs.client import Nbi, open_http
from backend.cpe.genieacs.source import GenieAcs
from backend.cpe.readings import Identity, Source
from backend.simulators.genieacs import Reach
from tests.integrations.check_given import AT_MS, Heard, states
from tests.integrations.genieacs_nbi import RX, SimulatedBench, simulated_bench
from tests.integrations.test_check_evidence import evidence
from tests.integrations.virtual_time import in_virtual_time, now

LATER_MS: Final = AT_MS + 365 * 86_400_000  # than what a simulated ACS stamps by the real clock
CALL_URL: Final = "Device.ManagementServer.ConnectionRequestURL"
SECRETS: Final = (
    "Device.WiFi.AccessPoint.1.Security.KeyPassphrase",
    "Device.ManagementServer.ConnectionRequestPassword",
)


def engine_of(bench: SimulatedBench) -> Engine:
    """An engine whose one upstream is the simulated ACS."""
    return Engine(acs_sources(GenieAcs(bench.nbi)))


class Counted(httpx.AsyncHTTPTransport):
    """Counts what is asked of an ACS, by method and path."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As it would be."""
        self.asked.append(f"{request.method} {request.url.path}")
        return await super().handle_async_request(request)


async def test_both_words_of_an_acs_begin_with_the_same_two_questions() -> None:
    counted = Counted()
    async with simulated_bench() as bench, open_http(bench.url, counted) as http:
        acs = GenieAcs(Nbi(http))

        landed = await Engine(acs_sources(acs)).check(Target(Identity(bench.serial)), Heard())

        assert states(landed.results) == {"acs_cached": "ok", "acs_live": "ok"}
        # Who it is and what is known, once for both; the leaves that were read, and all of it anew.
        assert counted.asked.count("GET /devices/") == 4


@in_virtual_time
async def test_what_the_acs_knows_is_there_at_once_and_what_the_terminal_says_soon() -> None:
    async with simulated_bench() as bench:
        heard, begun = Heard(), now()
        bench.terminal.set(RX, 90)

        landed = await engine_of(bench).check(Target(Identity(bench.serial)), heard)

        first_s, first = heard.told[0]
        assert (states(first.results), first.running) == ({"acs_cached": "ok"}, ("acs_live",))
        assert first_s <= 0.3
        assert now() - begun <= 4
        assert states(landed.results) == {"acs_cached": "ok", "acs_live": "ok"}
        [optical] = landed.summary.optical_status
        assert optical.rx_dbm
        assert optical.rx_dbm.raw == "90"
        assert not bench.acs.tasks


@pytest.mark.parametrize(
    ("reach", "said"),
    [
        (Reach.REFUSED, "error offline"),
        (Reach.BLACK_HOLE, "error offline"),
        (Reach.HANGS, "timeout late"),
        (Reach.DEAF, "timeout late"),
    ],
)
def test_terminal_that_does_not_answer_leaves_no_task_behind(reach: Reach, said: str) -> None:
    @in_virtual_time
    async def check() -> None:
        async with simulated_bench() as bench:
            bench.acs.reach[bench.id] = reach
            begun = now()

            landed = await engine_of(bench).check(Target(Identity(bench.serial)), Heard())

            assert now() - begun <= 45.001
            assert states(landed.results) == {"acs_cached": "ok", "acs_live": said}
            assert landed.summary.serial
            assert not bench.acs.tasks

    check()


@in_virtual_time
async def test_terminal_that_the_acs_does_not_know_is_said_to_be_unknown() -> None:
    async with simulated_bench() as bench:
        landed = await engine_of(bench).check(Target(Identity("22275A7999999")), Heard())

        unknown = "error no-such-device"
        assert states(landed.results) == {"acs_cached": unknown, "acs_live": unknown}


def _section(*rows: dict[str, str]) -> Section:
    return Section("DEV2_X", LATER_MS, "read", rows)


STATUS = ModemStatus(
    "127.64.0.20",
    "protocol",
    LATER_MS,
    firmware=_section({"serial": "22275A7000395", "software": "1.2.3"}),
    optical=_section(),
    wan=_section({"name": "ppp0", "kind": "ppp", "status": "Connected", "ipv4": "100.64.1.2"}),
    lan=_section(),
    wifi=_section(),
    clients=_section(),
    mesh=_section(),
)


@asynccontextmanager
async def modem_behind(reply: Any, asked: list[str]) -> AsyncIterator[Engine]:
    """An engine whose terminal does not answer its ACS, and a bridge that gives `reply`."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        status = 200 if isinstance(reply, ModemStatus) else 502
        return httpx.Response(status, content=msgspec.json.encode(reply))

    async with simulated_bench() as bench:
        bench.acs.reach[bench.id] = Reach.REFUSED
        bench.terminal.set(CALL_URL, "http://127.64.0.20:7547/")
        known = bench.acs.devices[bench.id]
        known.learn((CALL_URL,), known.last_inform)
        transport = httpx.MockTransport(answer)
        async with open_bridge("http://bridge", "x", transport) as http:
            acs = GenieAcs(bench.nbi)
            yield Engine([*acs_sources(acs), ModemWeb(ModemBridge(http), acs)])


@in_virtual_time
async def test_modem_that_its_acs_cannot_call_is_read_where_the_acs_calls_it() -> None:
    asked: list[str] = []
    async with modem_behind(STATUS, asked) as engine:
        landed = await engine.check(Target(Identity("22275A7000395")), Heard())

    assert asked == ["/modems/127.64.0.20/status"]
    assert states(landed.results)["modem"] == "ok protocol"
    sources = {each.up.source for each in landed.summary.interface if each.up}
    assert sources == {Source.ONT_WEB}


@pytest.mark.parametrize(
    ("error", "said"), [("session-taken", "error session-taken"), ("timeout", "timeout")]
)
def test_trouble_of_a_modem_is_told_by_its_code(error: str, said: str) -> None:
    @in_virtual_time
    async def check() -> None:
        words = Words("", "")
        async with modem_behind(ModemTrouble(error, words, words), []) as engine:
            landed = await engine.check(Target(Identity("22275A7000395")), Heard())

        assert states(landed.results)["modem"] == said

    check()


@in_virtual_time
async def test_no_secret_that_an_acs_holds_is_in_the_evidence_of_a_check() -> None:
    async with simulated_bench() as bench:
        for path in SECRETS:
            bench.terminal.set(path, "gisele-1957")
        landed = await engine_of(bench).check(Target(Identity(bench.serial)), Heard())

        body = encoded(evidence(landed.summary), 64 * 1024)

    assert b"X_TP_GPON_Config" in body
    assert b"gisele-1957" not in body
