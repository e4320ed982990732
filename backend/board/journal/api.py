"""What was done: on one visit, live; by technician, day, visit and serial; as a file."""

from typing import Annotated, Final

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, Parameter

from backend.auth.staff import Staff
from backend.board.journal.lines import Asked, Journal, JournalLine, days_of, journal, search_of
from backend.board.journal.table import journal_csv
from backend.board.journal.timeline import timeline
from backend.board.today.technicians import technician_names
from backend.errors import NotFound
from backend.settings import Settings
from backend.store.board import read_technicians
from backend.store.connection import Connection
from backend.store.journal import Search, read_journal, read_timeline, visit_cells
from backend.store.store import Store
from sync.collections import record_key

SHOWN: Final = 1000
FILED: Final = 20_000


@get("/board/api/visits/{visit:str}/timeline")
async def visit_timeline(
    visit: FromPath[str],
    staff: NamedDependency[Staff],  # noqa: ARG001  (its provider refuses everybody else)
    store: NamedDependency[Store],
) -> Response[bytes]:
    """What was done on a visit, as a Timeline. Raises NotFound."""
    key = record_key("job", visit)
    rows = await store.read(lambda conn: (read_timeline(conn, key), read_technicians(conn)))
    if rows[0] is None:
        raise NotFound
    shown = timeline(key, rows[0], technician_names(rows[1]))
    return Response(msgspec.json.encode(shown), media_type="application/json")


Text = Annotated[str, Parameter(max_length=80)]


@get("/board/api/journal")
async def show_journal(
    staff: NamedDependency[Staff],  # noqa: ARG001  (its provider refuses everybody else)
    store: NamedDependency[Store],
    settings: NamedDependency[Settings],
    first: FromQuery[Text],
    last: FromQuery[Text],
    technician: FromQuery[Text] = "",
    visit: FromQuery[Text] = "",
    serial: FromQuery[Text] = "",
) -> Response[bytes]:
    """The Journal of some days, at most SHOWN lines. Raises Unreadable."""
    asked = Asked(first, last, technician, visit, serial)
    search = search_of(asked, settings.site_zone)
    found = await store.read(lambda conn: _found(conn, search, SHOWN))
    shown = Journal(found[0], days_of(found[0], settings.site_zone), found[1])
    return Response(msgspec.json.encode(shown), media_type="application/json")


@get("/board/api/journal.csv")
async def journal_file(
    staff: NamedDependency[Staff],  # noqa: ARG001  (its provider refuses everybody else)
    store: NamedDependency[Store],
    settings: NamedDependency[Settings],
    first: FromQuery[Text],
    last: FromQuery[Text],
    technician: FromQuery[Text] = "",
    visit: FromQuery[Text] = "",
    serial: FromQuery[Text] = "",
    lang: FromQuery[str] = "fr",
) -> Response[bytes]:
    """The same as a file, at most FILED lines. Raises Unreadable."""
    asked = Asked(first, last, technician, visit, serial)
    search = search_of(asked, settings.site_zone)
    found = await store.read(lambda conn: _found(conn, search, FILED))
    content = journal_csv(found[0], lang, settings.site_zone)
    named = {
        "Content-Disposition": f'attachment; filename="journal-{_day(first)}-{_day(last)}.csv"'
    }
    return Response(content, headers=named, media_type="text/csv; charset=utf-8")


def _found(conn: Connection, search: Search, most: int) -> tuple[tuple[JournalLine, ...], bool]:
    rows = read_journal(conn, search, most + 1)
    names = technician_names(read_technicians(conn))
    return journal(rows, visit_cells(conn, {row.key for row in rows}), names, most)


def _day(text: str) -> str:
    return "".join(each for each in text if each.isdigit() or each == "-")[:10]
