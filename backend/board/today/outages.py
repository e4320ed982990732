"""Decides whether a place is in the sector of a known outage."""

from typing import Final

from backend.store.board import BoardRows
from sync.visit import Cells, referred, text_of

# The first half of a Canadian postal code, the forward sortation area.
_SORTING_AREA: Final = 3


def outage_of(rows: BoardRows, job: Cells) -> str:
    """The id of the oldest outage whose sector a visit's place is in, "" for none."""
    place = referred(rows.cells, job, "location")
    return next((each.id for each in rows.desk.outages if is_in_sector(place, each.sector)), "")


def is_in_sector(place: Cells, sector: str) -> bool:
    """Whether a location is in a sector: an OLT ("OLT-MERCIER-1"), one of its ports
    ("OLT-MERCIER-1 0/3"), a town, or the beginning of a postal code ("J7Z")."""
    olt, port = text_of(place, "olt"), text_of(place, "pon_port")
    names = {_plain(olt), _plain(f"{olt} {port}"), _plain(text_of(place, "town"))} - {""}
    code, wanted = _plain(text_of(place, "postal_code")), _plain(sector)
    return wanted in names or (len(wanted) >= _SORTING_AREA and code.startswith(wanted))


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
