"""The client against other people's agents, net-snmp's and snmpsim: v2c, v3 authPriv, and
credentials that are wrong."""

import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from backend.cpe.olt.client import Agent, Credentials, Snmp
from backend.cpe.olt.source import Olts
from backend.cpe.readings import Identity
from backend.errors import Refused, Unavailable
from backend.simulators.olt import snmpd, snmpsim
from backend.simulators.olt.chassis import filled
from backend.simulators.olt.huawei import Huawei
from tests.integrations.olts import BY_COMMUNITY, olt, places

LAST = "TPLG000003E7"
SERIAL_AT = "1.3.6.1.4.1.2011.6.128.1.1.2.43.1.3.4194312192.1"
V3 = Credentials(user=snmpd.USER, auth_key=snmpd.AUTH_KEY, priv_key=snmpd.PRIV_KEY)


def free_port() -> int:
    """A UDP port of loopback that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["snmpd", "snmpsim"])
async def agent(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A Huawei OLT with 1,000 terminals behind each agent that is installed."""
    if not {"snmpd": snmpd.program, "snmpsim": snmpsim.program}[request.param]():
        pytest.skip(f"{request.param} is not installed")
    port = free_port()
    async with (
        snmpd.snmpd("huawei", 1000, port)
        if request.param == "snmpd"
        else snmpsim.snmpsim(filled(Huawei(), 1000), port)
    ):
        for each in (BY_COMMUNITY, V3):  # it fills first
            await Snmp(Agent("127.0.0.1", port, each, 30.0)).get([SERIAL_AT])
        yield f"127.0.0.1:{port}"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("credentials", [BY_COMMUNITY, V3], ids=["v2c", "v3"])
async def test_one_of_a_thousand_terminals_is_found_and_read(
    agent: str, credentials: Credentials
) -> None:
    said = await Olts([olt("EST", agent, credentials)]).read(Identity(gpon_serial=LAST))

    assert places(said) == ["EST 0/1/15 online"]
    assert [each.rx_dbm.value for each in said.optical_status if each.rx_dbm] == [-19.32]


@pytest.mark.parametrize(
    ("credentials", "kinds"),
    [
        (Credentials("wrong"), {"timeout"}),
        (V3._replace(user="nobody"), {"bad-credentials"}),
        (V3._replace(auth_key="another-auth-key"), {"bad-credentials"}),
        # What it cannot decipher snmpd is silent to, and snmpsim reports (RFC 3414, 3.2, 8b).
        (V3._replace(priv_key="another-priv-key"), {"timeout", "bad-credentials"}),
    ],
)
async def test_wrong_credentials_are_said_without_them(
    agent: str, credentials: Credentials, kinds: set[str]
) -> None:
    with pytest.raises((Refused, Unavailable)) as caught:
        await Olts([olt("EST", agent, credentials)]).read(Identity(gpon_serial=LAST))

    assert str(caught.value) in kinds
    assert repr(credentials) == "Credentials(...)"
