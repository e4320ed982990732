"""Decides whether a place is in a sector that a monitor names."""

from typing import Final

from sync.visit import Cells, text_of

# The first half of a Canadian postal code, the forward sortation area.
_SORTING_AREA: Final = 3
# The cells of a location by which a sector is recognized.
SECTOR_CELLS: Final = ("olt", "pon_port", "town", "postal_code")


def is_in_sector(place: Cells, sector: str) -> bool:
    """Whether a location is in a sector: an OLT ("OLT-MERCIER-1"), one of its ports
    ("OLT-MERCIER-1 0/3"), a town, or the beginning of a postal code ("J7Z")."""
    olt, port = text_of(place, "olt"), text_of(place, "pon_port")
    names = {_plain(olt), _plain(f"{olt} {port}"), _plain(text_of(place, "town"))} - {""}
    code, wanted = _plain(text_of(place, "postal_code")), _plain(sector)
    return wanted in names or (len(wanted) >= _SORTING_AREA and code.startswith(wanted))


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
