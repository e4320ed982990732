"""A modem is never pressed: one login a check, none after a refusal, a logout whatever happens."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from backend.modem_bridge.bridge import Drivers
from backend.modem_bridge.credentials import Cipher
from backend.modem_bridge.protocol.job import Job
from backend.modem_bridge.status import STATUS
from backend.modem_bridge.trouble import Kind
from backend.simulators.xx230v import Login, Modem, Mood, served
from tests.integrations.bridged import PASSWORD, address, bridged, protocol_drivers

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEM = address(0)
WRONG = "wrong"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def drivers() -> AsyncIterator[Drivers]:
    """Begun once for all of them."""
    async with protocol_drivers() as begun:
        yield begun


async def test_wrong_password_is_tried_exactly_once(tmp_path: Path, drivers: Drivers) -> None:
    async with bridged(tmp_path, [Mood()], password=WRONG, drivers=drivers) as asked:
        told = [await asked.status(MODEM) for _ in range(3)]

        assert asked.modems[MODEM].logins == [Login("user", accepted=False)]

    assert [each["error"] for each in told] == ["wrong-password-or-locked", *["modem-held"] * 2]
    assert "N'insiste pas" in told[0]["fr"]["todo"]


async def test_credential_that_three_modems_refused_is_used_no_more(
    tmp_path: Path, drivers: Drivers
) -> None:
    async with bridged(tmp_path, [Mood()] * 5, password=WRONG, drivers=drivers) as asked:
        told = [(await asked.status(host))["error"] for host in asked.modems]

        assert told == ["wrong-password-or-locked"] * 3 + ["credential-held"] * 2
        standing = (await asked.client.get("/credentials")).json()
        assert standing == [
            {"name": "xx230v", "held": True, "modems": [address(n) for n in range(3)]}
        ]

        await asked.client.post("/credentials/xx230v/retry")

        assert (await asked.status(address(3)))["error"] == "wrong-password-or-locked"
        assert (await asked.status(address(4)))["error"] == "credential-held"
        assert [len(modem.logins) for modem in asked.modems.values()] == [1, 1, 1, 1, 0]


async def test_login_that_got_an_internal_error_is_not_sent_again(
    tmp_path: Path, drivers: Drivers
) -> None:
    async with bridged(tmp_path, [Mood(login_errors=1)], drivers=drivers) as asked:
        told = await asked.status(MODEM)

        assert told["error"] == "protocol"
        assert len(asked.modems[MODEM].logins) == 1


async def test_two_checks_of_one_modem_come_one_after_the_other(
    tmp_path: Path, drivers: Drivers
) -> None:
    async with bridged(tmp_path, [Mood()], drivers=drivers) as asked:
        modem = asked.modems[MODEM]

        told = await asyncio.gather(*(asked.status(MODEM) for _ in range(3)))

        assert [each["http"] for each in told] == [200] * 3
        assert (len(modem.logins), modem.logouts, modem.evictions) == (3, 3, 0)


@pytest.mark.parametrize("mood", [Mood(taken=True), Mood(evicted=True)], ids=["before", "after"])
async def test_somebody_else_in_the_modem_is_said_and_not_thrown_out(
    tmp_path: Path, drivers: Drivers, mood: Mood
) -> None:
    async with bridged(tmp_path, [mood], drivers=drivers) as asked:
        told = await asked.status(MODEM)

        assert (told["http"], told["error"]) == (409, "session-taken")
        assert len(asked.modems[MODEM].logins) == int(mood.evicted)


async def test_locked_modem_is_left_alone(tmp_path: Path, drivers: Drivers) -> None:
    async with bridged(tmp_path, [Mood(locked=True)], drivers=drivers) as asked:
        told = await asked.status(MODEM)

        assert told["error"] == "wrong-password-or-locked"
        assert len(asked.modems[MODEM].logins) == 1


async def test_modem_that_is_not_there_is_unreachable(tmp_path: Path, drivers: Drivers) -> None:
    async with bridged(tmp_path, [Mood()], drivers=drivers) as asked:
        told = await asked.status("127.64.0.99")

    assert (told["http"], told["error"]) == (502, "unreachable")


async def test_page_without_end_is_cut(tmp_path: Path, drivers: Drivers) -> None:
    async with bridged(tmp_path, [Mood(endless=True)], drivers=drivers) as asked:
        told = await asked.status(MODEM)

    assert (told["error"], told["detail"]) == ("protocol", "too-large")


async def test_slow_modem_is_logged_out_of_when_time_is_over(drivers: Drivers) -> None:
    modem = Modem(mood=Mood(slow_s=0.2))
    async with served(modem) as port:
        job = Job(f"http://127.0.0.1:{port}", "user", PASSWORD, Cipher.CBC, STATUS, read_s=1.5)
        report = await drivers.workers.read(job)

    assert report.kind is Kind.TIMEOUT
    assert (len(modem.logins), modem.logouts) == (1, 1)


async def test_stopping_bridge_answers_whoever_waits(tmp_path: Path, drivers: Drivers) -> None:
    async with bridged(tmp_path, [Mood(slow_s=60.0)], drivers=drivers) as asked:
        waiting = asyncio.create_task(asked.status(MODEM))
        while not asked.bridge.under_way:  # noqa: ASYNC110  (two turns of the loop)
            await asyncio.sleep(0)

        asked.bridge.stop()

        assert (await waiting)["error"] == "busy"
