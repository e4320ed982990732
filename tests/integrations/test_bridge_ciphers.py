"""The library's three ciphers against the simulated modem, or one of them against a real one."""

from urllib.parse import urlsplit

import pytest

from backend.modem_bridge.credentials import Cipher
from backend.modem_bridge.protocol import Workers
from backend.modem_bridge.protocol.job import Job
from backend.modem_bridge.reading import State
from backend.modem_bridge.status import STATUS, status_of
from tests.integrations.any_modem import any_modem


@pytest.mark.parametrize("cipher", list(Cipher))
async def test_modem_is_read_by_the_library_in_each_cipher(cipher: Cipher) -> None:
    workers = Workers(1)
    async with any_modem(cipher) as modem:
        user, password = modem.credential.user, modem.credential.password
        report = await workers.read(Job(modem.url, user, password, cipher, STATUS))
        await workers.close()

    assert (report.kind, report.accepted) == (None, True)
    told = status_of(urlsplit(modem.url).hostname or "", "protocol", 0, report.objects)
    assert told.firmware.rows[0]["model"]
    assert told.optical.state is State.READ
    assert {"rx_power", "tx_power"} <= {row["name"] for row in told.optical.rows}
