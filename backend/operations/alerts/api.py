"""POST /api/outages: a monitor such as Uptime-Kuma says that a sector is down, or up again."""

import hmac
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency

from backend.auth.body import read_body
from backend.errors import NotFound, Unreadable
from backend.settings import Settings, read_secret
from backend.store.alerting import note_outage
from backend.store.store import Store

OUTAGES_PATH: Final = "/api/outages"
BODY_BYTES: Final = 64 * 1024
UP: Final = 1  # Uptime-Kuma's own numbers: 0 down, 1 up, 2 pending, 3 maintenance
DOWN: Final = 0


class Monitor(msgspec.Struct, frozen=True):
    """What is watched; its name is the sector's."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=140)]


class Heartbeat(msgspec.Struct, frozen=True):
    """Whether it answers."""

    status: int


class Report(msgspec.Struct, frozen=True):
    """The body of Uptime-Kuma's webhook, of which this much counts."""

    monitor: Monitor
    heartbeat: Heartbeat
    msg: str = ""


@post(OUTAGES_PATH, status_code=204, request_max_body_size=None)
async def outages(
    request: Request[Any, Any, Any],
    settings: NamedDependency[Settings],
    store: NamedDependency[Store],
    now_ms: NamedDependency[int],
) -> None:
    """Raise or clear a known outage; said again it changes nothing.

    Raises NotFound without the secret (`Authorization: Bearer ...`), or when none is set;
    TooLarge, Unreadable.
    """
    _check_secret(request, settings.alerts.outages_secret_file)
    try:
        report = msgspec.json.decode(await read_body(request, BODY_BYTES), type=Report)
    except msgspec.DecodeError as error:
        raise Unreadable("outage") from error
    status, sector = report.heartbeat.status, report.monitor.name
    if status in (UP, DOWN):
        down = status == DOWN
        await store.writer.run(
            lambda conn: note_outage(conn, sector, report.msg, now_ms, down=down)
        )


def _check_secret(request: Request[Any, Any, Any], file: str) -> None:
    given = request.headers.get("authorization", "").encode("latin-1", "replace")
    if not file or not hmac.compare_digest(given, f"Bearer {read_secret(file)}".encode()):
        raise NotFound
