"""Which records a technician holds: his visits inside the window, and what they refer to."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from sync.collections import COLLECTIONS

DAYS_BACK: Final = 7
WORKING_DAYS_AHEAD: Final = 2
OUTAGE_DAYS_AHEAD: Final = 14
# A restart or a short break of ERPNext is no outage: the window would flap.
OUTAGE_AFTER_MS: Final = 3_600_000
SCOPE_VERSION: Final = 1  # raise it when the rule below changes: every phone then starts anew

# A change of one of these cells may move a record into or out of somebody's scope.
SCOPE_FIELDS: Final = frozenset({"technician", "assistants", "date", *COLLECTIONS["job"].refs})


def window(today: date, *, outage: bool = False) -> tuple[date, date]:
    """First and last day of the visits a phone holds; `today` is the site's local date.

    Friday's window reaches Tuesday: the days ahead are working days (Monday to Friday). While
    ERPNext is down it is 14 days, so that phones can work on without the office.
    """
    ahead = today + timedelta(days=OUTAGE_DAYS_AHEAD) if outage else working_days_ahead(today)[-1]
    return today - timedelta(days=DAYS_BACK), ahead


def working_days_ahead(today: date) -> list[date]:
    """The next WORKING_DAYS_AHEAD days from Monday to Friday, after `today`."""
    days = [_next_working_day(today)]
    while len(days) < WORKING_DAYS_AHEAD:
        days.append(_next_working_day(days[-1]))
    return days


def is_outage(down_since: int | None, now_ms: int) -> bool:
    """Whether ERPNext is away for so long that phones should hold more days; UTC ms."""
    return down_since is not None and now_ms - down_since >= OUTAGE_AFTER_MS


def holdings(key: str, job: Mapping[str, Any], days: tuple[date, date]) -> set[tuple[str, str]]:
    """The (technician, record) pairs that one job puts in scope; all are record keys.

    An assistant holds the same as the assignee. Each technician also holds his own record.
    """
    if not _is_inside(job.get("date"), days):
        return set()
    people = {job.get("technician"), *(job.get("assistants") or ())} - {None, ""}
    refs = {job[field] for field in COLLECTIONS["job"].refs if job.get(field)}
    return {(person, held) for person in people for held in {key, person, *refs}}


def _is_inside(day: Any, days: tuple[date, date]) -> bool:
    return isinstance(day, str) and days[0].isoformat() <= day <= days[1].isoformat()


def _next_working_day(day: date) -> date:
    day += timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return day
