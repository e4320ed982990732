"""A body that does not come is given up, and its connection with it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from backend.auth.body import read_body
from backend.errors import TooSlow
from tests.integrations.virtual_time import in_virtual_time, now
from tests.rows import row


class Dripping:
    """A request of a client that only wants to hold the connection."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}

    async def stream(self) -> AsyncIterator[bytes]:
        """A byte now and then."""
        while True:
            await asyncio.sleep(7)
            yield b"x"


@row(15, without={"backend.auth.body.BODY_S": 6_000.0})
@in_virtual_time
async def test_a_body_that_drips_is_given_up_after_a_minute() -> None:
    with pytest.raises(TooSlow):
        await read_body(cast(Any, Dripping()), 10_000)

    assert now() == pytest.approx(60, abs=1)
