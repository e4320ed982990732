"""Reads a request's body up to a limit, and not a byte more."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from backend.errors import TooLarge, TooSlow

BODY_S: Final = 60.0


async def read_body(stream: AsyncIterator[bytes], announced: str, limit: int) -> bytes:
    """At most `limit` bytes of a request's stream; `announced` is its Content-Length, or "".

    Raises TooLarge, before reading when the length is announced, and TooSlow after BODY_S seconds.
    """
    if announced.isdecimal() and int(announced) > limit:
        raise TooLarge(str(limit))
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in stream:
                body += chunk
                if len(body) > limit:
                    raise TooLarge(str(limit))
    except TimeoutError as error:
        raise TooSlow from error
    return bytes(body)
