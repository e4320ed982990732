"""POST /api/outages?sector=...: a monitor says that a sector is out, or is no more."""

import hmac
from collections.abc import Callable
from typing import Any, ClassVar, Final

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from backend.auth.body import read_body
from backend.board.outages.alarm import Alarm, read_alarm
from backend.errors import AppError, NotFound
from backend.store.connection import Connection
from backend.store.outages import Outage, Told, clear_outage, raise_outage
from backend.store.store import Store

BODY_BYTES: Final = 64 * 1024
_BEARER: Final = "Bearer "


class NotTheMonitor(AppError):
    """The request does not carry the monitor's secret."""

    code: ClassVar[str] = "forbidden"
    status: ClassVar[int] = 403


@post("/api/outages", status_code=204, request_max_body_size=None)
async def outage_alarm(
    request: Request[Any, Any, Any],
    monitor_secret: NamedDependency[Callable[[], str] | None],
    store: NamedDependency[Store],
    now_ms: NamedDependency[int],
    sector: FromQuery[str] = "",
) -> None:
    """Remember it, once however often it is told. The secret is a bearer token (RFC 6750), looked
    at before anything else: `sector` is checked along with the body.

    Raises NotFound when no secret is set, NotTheMonitor, TooLarge or Unreadable.
    """
    if monitor_secret is None:
        raise NotFound
    given = request.headers.getall("authorization", [])
    wanted = f"{_BEARER}{monitor_secret()}".encode()
    if len(given) != 1 or not hmac.compare_digest(given[0].encode("latin-1", "replace"), wanted):
        raise NotTheMonitor
    alarm = read_alarm(await read_body(request, BODY_BYTES), sector)
    await store.writer.run(lambda conn: _note(conn, alarm, now_ms))


def _note(conn: Connection, alarm: Alarm, now_ms: int) -> Told | None:
    if alarm.is_out is None:
        return None
    if alarm.is_out:
        return raise_outage(conn, Outage(alarm.id, alarm.sector, alarm.text, now_ms))
    return clear_outage(conn, alarm.id, now_ms)
