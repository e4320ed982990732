"""The simulated modem keeps the rules that public clients of its family know of the real one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from tplinkrouterc6u import TPLinkEXClient
from tplinkrouterc6u.common.exception import ClientException

from backend.simulators.xx230v import Login, Modem, served
from backend.simulators.xx230v.modem import LOCK_S, STRIKES
from tests.integrations.bridged import PASSWORD

NewClient = Callable[[str], Any]


class Clock:
    """Seconds that a test moves."""

    now = 0.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def modem(clock: Clock) -> Modem:
    return Modem(PASSWORD, clock=lambda: clock.now)


@pytest.fixture
async def client(modem: Modem) -> AsyncIterator[NewClient]:
    """Makes the library's client, with headers of its own, for a password."""
    async with served(modem) as port:

        def made(password: str) -> Any:
            own: Any = type("Client", (TPLinkEXClient,), {"HEADERS": dict(TPLinkEXClient.HEADERS)})
            return own(f"http://127.0.0.1:{port}", password, "user", timeout=5)

        yield made


async def test_five_wrong_passwords_lock_it_for_five_minutes(
    modem: Modem, client: NewClient, clock: Clock
) -> None:
    for _ in range(STRIKES):
        await refused(client("wrong"))
    await refused(client(PASSWORD))

    clock.now = LOCK_S + 1
    await asyncio.to_thread(client(PASSWORD).authorize)

    assert modem.logins == [*[Login("user", accepted=False)] * 6, Login("user", accepted=True)]


async def test_second_login_throws_the_first_one_out(modem: Modem, client: NewClient) -> None:
    first, second = client(PASSWORD), client(PASSWORD)
    await asyncio.to_thread(first.authorize)
    await asyncio.to_thread(second.authorize)

    with pytest.raises(ClientException, match="403"):
        await asyncio.to_thread(first.get_firmware)

    assert (await asyncio.to_thread(second.get_firmware)).model == "XX230v"
    assert modem.evictions == 1


async def test_wrong_sequence_number_is_not_acceptable(modem: Modem, client: NewClient) -> None:
    caller = client(PASSWORD)
    await asyncio.to_thread(caller.authorize)
    caller._seq += 1
    caller.REQUEST_RETRIES = 1

    with pytest.raises(ClientException, match="406"):
        await asyncio.to_thread(caller.get_firmware)

    assert modem.asked == []


async def test_request_without_referer_is_forbidden(modem: Modem, client: NewClient) -> None:
    caller = client(PASSWORD)

    answer = await asyncio.to_thread(caller.req.post, f"{caller.host}/cgi/getGDPRParm", timeout=5)

    assert answer.status_code == 403
    assert modem.logins == []


async def test_status_of_the_library_is_whole(client: NewClient) -> None:
    caller = client(PASSWORD)
    await asyncio.to_thread(caller.authorize)

    status = await asyncio.to_thread(caller.get_status)
    await asyncio.to_thread(caller.logout)

    assert (status.clients_total, status.wired_total, status.wifi_clients_total) == (3, 1, 2)
    assert str(status.wan_ipv4_addr) == "10.20.3.4"


async def refused(caller: Any) -> None:
    """Whether the login of this client is refused."""
    with pytest.raises(ClientException, match="wrong user or password"):
        await asyncio.to_thread(caller.authorize)
