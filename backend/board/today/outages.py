"""Finds the known outage of a visit."""

from backend.store.board import BoardRows
from sync.sectors import is_in_sector
from sync.visit import Cells, referred


def outage_of(rows: BoardRows, job: Cells) -> str:
    """The id of the oldest outage whose sector a visit's place is in, "" for none."""
    place = referred(rows.cells, job, "location")
    return next((each.id for each in rows.desk.outages if is_in_sector(place, each.sector)), "")
