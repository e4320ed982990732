"""The checks of lines as they end, for the office; it asks for another by a decision."""

from typing import Final

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from backend.auth.staff import Staff
from backend.board.checks.feed import Check, check_feed
from backend.settings import Settings
from backend.store.check_feed import read_checks
from backend.store.clock import DAY_MS
from backend.store.connection import Connection
from backend.store.journal import visit_cells
from backend.store.store import Store

SHOWN: Final = 300
DAYS: Final = 7


@get("/board/api/checks")
async def show_checks(
    staff: NamedDependency[Staff],  # noqa: ARG001  (its provider refuses everybody else)
    store: NamedDependency[Store],
    settings: NamedDependency[Settings],
    now_ms: NamedDependency[int],
) -> Response[bytes]:
    """The last SHOWN checks of DAYS days, the newest first."""
    is_printed, since = bool(settings.bridge.url), now_ms - DAYS * DAY_MS
    found = await store.read(lambda conn: _checks(conn, since, is_printed=is_printed))
    return Response(msgspec.json.encode(found), media_type="application/json")


def _checks(conn: Connection, since: int, *, is_printed: bool) -> tuple[Check, ...]:
    rows = read_checks(conn, since, SHOWN)
    cells = visit_cells(conn, {row.key for row in rows})
    return check_feed(rows, cells, is_printed=is_printed)
