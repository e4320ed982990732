"""The method that a tus client means when all it can send is POST: X-HTTP-Method-Override."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

_HEADER: Final = b"x-http-method-override"

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


def with_method_override(app: Asgi, path: str) -> Asgi:
    """`app`, for whose routes below `path` the header is the method and the actual one is ignored.

    It stands before the router and so before every guard: these judge the method that is meant.
    """

    async def meant(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"].startswith(path):
            named = [value for name, value in scope["headers"] if name == _HEADER]
            if named:
                scope["method"] = named[-1].decode("latin-1")
        await app(scope, receive, send)

    return meant
