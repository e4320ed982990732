"""Refuses phones before there is more work than this process gets done: at once, and with when to
come again.

granian's own limit (`backpressure`) leaves connections unaccepted, so that a phone would wait for
its deadline and learn nothing (https://github.com/emmett-framework/granian).
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from backend.auth.answers import RETRY_AFTER_S
from backend.auth.headers import security_headers
from backend.errors import Busy

# Of these none waits longer than a phone's deadline (8 s), even at ten a second.
MOST: Final = 64
_PHONES: Final = "/api/"
# What is only looked at, and streams, which an EventSource gives up for good when they are refused.
_FREE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


def with_admission(app: Asgi, most: int = MOST) -> Asgi:
    """`app`, of which phones have `most` requests worked on at once; others are answered Busy.

    A request that waits for its caller's bytes is not worked on: who stalls takes nobody's place.
    The office and whoever watches the process are never refused.
    """
    working = 0

    async def admitted(scope: Any, receive: Any, send: Any) -> None:
        nonlocal working
        if not _is_work_of_phones(scope):
            await app(scope, receive, send)
            return
        if working >= most:
            await _refuse(scope, send)
            return

        async def heard() -> Any:
            nonlocal working
            working -= 1
            try:
                return await receive()
            finally:
                working += 1

        working += 1
        try:
            await app(scope, heard, send)
        finally:
            working -= 1

    return admitted


def _is_work_of_phones(scope: Any) -> bool:
    return (
        scope["type"] == "http"
        and scope["path"].startswith(_PHONES)
        and scope["method"] not in _FREE
    )


async def _refuse(scope: Any, send: Any) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(_BUSY)).encode()),
        (b"retry-after", str(RETRY_AFTER_S[Busy.status]).encode()),
    ]
    start: Any = {"type": "http.response.start", "status": Busy.status, "headers": headers}
    await _secured(start, scope)
    await send(start)
    await send({"type": "http.response.body", "body": _BUSY})


_BUSY: Final = msgspec.json.encode({"error": Busy.code, "reason": ""})
_secured: Final = security_headers()
