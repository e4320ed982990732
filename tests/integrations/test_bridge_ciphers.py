"""The library's three ciphers against the simulated modem, or one of them against a real one.

`TERRAIN_TEST_MODEM_URL`, `_USER` and `_PASSWORD` name the real one, `_CIPHER` its kind (cbc).
"""

import os
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from backend.modem_bridge.credentials import Cipher as Asked
from backend.modem_bridge.protocol import Workers
from backend.modem_bridge.protocol.job import Job
from backend.modem_bridge.reading import State
from backend.modem_bridge.status import STATUS, status_of
from backend.simulators.xx230v import Cipher, Modem, Mood, served
from tests.integrations.bridged import PASSWORD

REAL = {
    name: os.environ.get(f"TERRAIN_TEST_MODEM_{name}", "")
    for name in ("URL", "USER", "PASSWORD", "CIPHER")
}


@pytest.fixture(params=list(Cipher))
async def any_modem(request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, str, str, Asked]]:
    """URL, user, password and cipher: of a real modem when one is named, else simulated."""
    if REAL["URL"]:
        if request.param != (REAL["CIPHER"] or "cbc"):
            pytest.skip("the modem is of another kind")
        yield REAL["URL"].rstrip("/"), REAL["USER"], REAL["PASSWORD"], Asked(request.param)
        return
    async with served(Modem(mood=Mood(cipher=request.param))) as port:
        yield f"http://127.0.0.1:{port}", "user", PASSWORD, Asked(request.param)


async def test_modem_is_read_by_the_library_in_each_cipher(
    any_modem: tuple[str, str, str, Asked],
) -> None:
    workers = Workers(1)
    url, user, password, cipher = any_modem

    report = await workers.read(Job(url, user, password, cipher, STATUS))
    await workers.close()

    assert (report.kind, report.accepted) == (None, True)
    told = status_of(urlsplit(url).hostname or "", "protocol", 0, report.objects)
    assert told.firmware.rows[0]["model"]
    assert told.optical.state is State.READ
    assert {"rx_power", "tx_power"} <= {row["name"] for row in told.optical.rows}
