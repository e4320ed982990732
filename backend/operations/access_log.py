"""One log line a request: the route's template, never its path, in which a token may be."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from backend import metrics
from backend.log import log

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"})
# Asked every few seconds by whoever watches the process.
_PROBES: Final = frozenset({"/health", "/ready"})

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


def with_access_log(app: Asgi, clock_s: Callable[[], float] = time.perf_counter) -> Asgi:
    """`app`, whose requests are logged and counted once answered: method, route, status, time.

    What has no route is logged without one. Of a probe only a failure is.
    """

    async def logged(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        status, began = 0, clock_s()

        async def noted(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, noted)
        finally:
            _tell(scope, status, clock_s() - began)

    return logged


def _tell(scope: Any, status: int, took_s: float) -> None:
    """A status of 0: the caller went away before there was one."""
    route = scope.get("path_template", "")
    if route in _PROBES and status < 400:
        return
    method = scope["method"] if scope["method"] in _METHODS else "other"
    metrics.REQUESTS.labels(method, route, status).observe(took_s)
    told = {"method": method, "route": route, "status": status}
    log.info("request", extra=told | {"ms": round(took_s * 1000)})
