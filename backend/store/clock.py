"""The instant and the site's date: the clock enters the store as values only."""

from datetime import date, datetime
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

DAY_MS: Final = 86_400_000


class Clock(NamedTuple):
    """The instant (UTC ms) and the site's local date, read once a transaction."""

    now_ms: int
    today: date


@lru_cache(4096)  # of the instants of one board, each is asked for at each change
def local_date(now_ms: int, zone: ZoneInfo) -> date:
    """The date in a zone at an instant (UTC ms): a job's day is the site's."""
    return datetime.fromtimestamp(now_ms / 1000, zone).date()


def day_start(day: date, zone: ZoneInfo) -> int:
    """When a local day begins in a zone (UTC ms)."""
    return round(datetime.combine(day, datetime.min.time(), zone).timestamp() * 1000)
