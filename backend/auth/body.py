"""Reads a request's body up to a limit, and not a byte more."""

import asyncio
from typing import Any, Final

from litestar import Request
from litestar.exceptions import InternalServerException

from backend.errors import TooLarge, TooSlow, Unreadable

BODY_S: Final = 60.0


async def read_body(request: Request[Any, Any, Any], limit: int) -> bytes:
    """At most `limit` bytes of a request's body.

    Raises TooLarge, before reading when the length is announced, TooSlow after BODY_S seconds,
    and Unreadable when the body was cut: by the caller, or at bytes that are no chunk.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise TooLarge(str(limit))
    try:
        async with asyncio.timeout(BODY_S):
            return await _read(request, limit)
    except TimeoutError as error:
        raise TooSlow from error
    except InternalServerException as error:  # Litestar's word for "no more will come"
        raise Unreadable("cut") from error


async def _read(request: Request[Any, Any, Any], limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge(str(limit))
    return bytes(body)
