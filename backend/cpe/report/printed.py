"""The report of a visit as a PDF, for whoever files it: as it stands at that moment."""

from collections.abc import Callable
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from backend.cpe.bridge.client import ModemBridge
from backend.cpe.report.content import Report, report_of
from backend.cpe.report.sheet import sheet_body
from backend.errors import NotFound, Refused
from backend.settings import Settings
from backend.store.connection import Connection
from backend.store.equipment import cells_of
from backend.store.store import Store
from sync.visit import text_of

_REFERRED: Final = ("location", "contact", "subscription", "technician")


class Printed(NamedTuple):
    """What a report is printed with: in French, its instants in the site's zone; `clock` gives UTC
    ms."""

    store: Store
    bridge: ModemBridge
    zone: ZoneInfo
    clock: Callable[[], int]

    async def pdf(self, key: str) -> bytes:
        """The report of a visit. Raises Unavailable while the bridge cannot print, Refused when it
        never will, or the visit is gone."""
        try:
            report = await self.store.read(lambda conn: read_report(conn, key))
        except NotFound as error:
            raise Refused("no-visit") from error
        return await self.bridge.pdf(sheet_body(report, "fr", self.zone, self.clock()))


def printed_by(
    bridge: ModemBridge | None, store: Store, settings: Settings, clock: Callable[[], int]
) -> Printed | None:
    """Who prints here; None where there is no bridge."""
    return Printed(store, bridge, settings.site_zone, clock) if bridge else None


def read_report(conn: Connection, key: str) -> Report:
    """What is on record of a visit now. Raises NotFound."""
    job = cells_of(conn, [key]).get(key)
    if job is None:
        raise NotFound
    return report_of(job, cells_of(conn, [text_of(job, name) for name in _REFERRED]))
