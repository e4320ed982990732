"""A modem to read: a real one when the environment names it, else a simulated one.

`TERRAIN_TEST_MODEM_URL`, `_USER` and `_PASSWORD` name the real one, `_CIPHER` its kind (cbc).
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest

from backend.modem_bridge.credentials import Cipher, Credential
from backend.simulators.xx230v import Cipher as Simulated
from backend.simulators.xx230v import Modem, Mood, served
from tests.integrations.bridged import NETWORK, PASSWORD, address


class AnyModem(NamedTuple):
    """Where it is (without a slash at the end), and what opens it."""

    url: str
    credential: Credential


@asynccontextmanager
async def any_modem(cipher: Cipher) -> AsyncIterator[AnyModem]:
    """Skips the test when the real one is of another kind."""
    url = os.environ.get("TERRAIN_TEST_MODEM_URL", "").rstrip("/")
    if not url:
        async with served(Modem(mood=Mood(cipher=Simulated(cipher))), address(9)) as port:
            credential = Credential("simulated", PASSWORD, (NETWORK,), cipher=cipher)
            yield AnyModem(f"http://{address(9)}:{port}", credential)
        return
    if cipher != os.environ.get("TERRAIN_TEST_MODEM_CIPHER", Cipher.CBC):
        pytest.skip("the modem is of another kind")
    user, password = (os.environ[f"TERRAIN_TEST_MODEM_{name}"] for name in ("USER", "PASSWORD"))
    yield AnyModem(url, Credential("real", password, (), user=user, cipher=cipher))
