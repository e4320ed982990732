"""Reads a request's body up to a limit, and not a byte more."""

import asyncio
from collections.abc import AsyncIterator
from typing import ClassVar, Final

from backend.errors import AppError
from backend.replication.inbox import TooLarge

BODY_S: Final = 60.0


class TooSlow(AppError):
    """The body did not arrive in time; nothing was taken."""

    code: ClassVar[str] = "too-slow"
    status: ClassVar[int] = 408


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
