"""Decides what the day's screen shows; the twin of `pwa/src/tech/day.ts`, held by golden vectors.

The phone adds what only it knows (its unsent work, the hours it has seen); the server's view is
that of a phone that holds nothing yet.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

import msgspec

from sync.collections import is_job
from sync.job_status import JobStatus, parse_status
from sync.scope import DAYS_BACK, working_days_ahead
from sync.visit import Cells, Rows, Window, client_of, referred, text_of, window_of

JOB_TYPES: Final = frozenset({"installation", "repair", "maintenance", "removal", "survey"})
# What must not be overlooked at the door, the most pressing first.
WARNING_TAGS: Final = ("urgent", "dog", "no_doorbell")
# Dispatchers write tags in French words.
_TAG_CODES: Final = {"chien": "dog", "sans sonnette": "no_doorbell", "urgent": "urgent"}
_ONE_DAY: Final = timedelta(days=1)
_LAST: Final = "~"


class Card(msgspec.Struct, frozen=True, rename="camel"):
    """One visit of the list; `step` and `steps` are its place in a chain, 0 when there is none.

    `phone` is for `tel:`, `place` is what a map is asked for. `changed_from`, `mark` and
    `removed` are only ever set on the phone.
    """

    key: str
    window: Window
    type: str
    client: str
    street: str
    town: str
    tags: tuple[str, ...]
    status: JobStatus
    reason: str
    phone: str
    place: str
    step: int
    steps: int
    removed: bool = False
    changed_from: Window | None = None
    mark: str | None = None


class DayTab(msgspec.Struct, frozen=True):
    """One day that can be shown; `name` is today, tomorrow, yesterday or date."""

    date: str
    name: str


class DayView(msgspec.Struct, frozen=True, rename="camel"):
    """The visits of one day in the order of their hours, the one under way apart."""

    day: str
    read_only: bool
    tabs: tuple[DayTab, ...]
    current: Card | None
    cards: tuple[Card, ...]


def day_view(rows: Rows, today: str, day: str | None = None) -> DayView:
    """The visits of `day` (today when not given) among the rows of one technician's scope.

    `today` and `day` are local dates of the site's zone, YYYY-MM-DD.
    """
    shown = day or today
    cards = sorted(_of_day(rows, shown), key=_order)
    current = _current(cards)
    return DayView(
        day=shown,
        read_only=shown > today,
        tabs=tuple(_tabs(rows, today)),
        current=current,
        cards=tuple(card for card in cards if card is not current),
    )


def dialled(phone: str) -> str:
    """The number for `tel:` and `sms:`: ten digits are North American, anything else is kept."""
    digits = re.sub(r"[^0-9]", "", phone)
    if phone.strip().startswith("+") or len(digits) == len("15145550100"):
        return f"+{digits}"
    return f"+1{digits}" if len(digits) == len("5145550100") else digits


def _of_day(rows: Rows, day: str) -> Iterator[Card]:
    for key, job in rows.items():
        if is_job(key) and text_of(job, "date") == day:
            yield _card(key, job, rows)


def _card(key: str, job: Cells, rows: Rows) -> Card:
    location = referred(rows, job, "location")
    phone = text_of(referred(rows, job, "contact"), "phone")
    return Card(
        key=key,
        window=window_of(job),
        type=_job_type(text_of(job, "job_type")),
        client=client_of(rows, job) or key.removeprefix("job/"),
        street=text_of(location, "street"),
        town=text_of(location, "town"),
        tags=tuple(sorted(set(_tags(job)), key=_tag_order)),
        status=parse_status(job.get("status")) or JobStatus.TODO,
        reason=text_of(job, "reason"),
        phone=dialled(phone),
        place=_place(location),
        step=_whole(job, "step"),
        steps=_chain_length(rows, key, job),
    )


def _tags(job: Cells) -> Iterator[str]:
    for path, value in job.items():
        if path.startswith("tags/") and value is not None:
            tag = path.removeprefix("tags/")
            yield _TAG_CODES.get(tag.lower(), tag)


def _tag_order(tag: str) -> tuple[int, str]:
    return (WARNING_TAGS.index(tag) if tag in WARNING_TAGS else len(WARNING_TAGS), tag)


def _job_type(name: str) -> str:
    """ERPNext capitalises its options; a type that Terrain has no word for stays as it is."""
    return name.lower() if name.lower() in JOB_TYPES else name


def _order(card: Card) -> str:
    return f"{card.window.start or _LAST} {card.window.end or _LAST} {card.key}"


def _current(cards: list[Card]) -> Card | None:
    for status in (JobStatus.ON_SITE, JobStatus.EN_ROUTE):
        for card in cards:
            if card.status is status:
                return card
    return None


def _tabs(rows: Rows, today: str) -> Iterator[DayTab]:
    """Today and what comes first, so that the first view needs no scrolling; then the past."""
    held = {text_of(job, "date") for key, job in rows.items() if is_job(key)}
    now = date.fromisoformat(today)
    past = (now - timedelta(days=DAYS_BACK)).isoformat()
    coming = (day.isoformat() for day in working_days_ahead(now))
    dates = {today, *coming, *(day for day in held if day >= past)}
    ahead = sorted(day for day in dates if day >= today)
    behind = sorted((day for day in dates if day < today), reverse=True)
    for day in (*ahead, *behind):
        yield DayTab(day, _tab_name(day, today))


def _tab_name(day: str, today: str) -> str:
    now = date.fromisoformat(today)
    names = {
        today: "today",
        (now + _ONE_DAY).isoformat(): "tomorrow",
        (now - _ONE_DAY).isoformat(): "yesterday",
    }
    return names.get(day, "date")


def _chain_length(rows: Rows, key: str, job: Cells) -> int:
    """The phone holds only its own visits of a chain: the furthest step known stands for it."""
    chain = text_of(job, "parent") or key
    steps = [_whole(job, "step")]
    for other, cells in rows.items():
        if other == chain or text_of(cells, "parent") == chain:
            steps.append(_whole(cells, "step"))
    return max(steps)


def _place(location: Cells) -> str:
    latitude, longitude = location.get("latitude"), location.get("longitude")
    if _is_number(latitude) and _is_number(longitude):
        return f"{latitude:.6f},{longitude:.6f}"
    return ", ".join(
        part for part in (text_of(location, "street"), text_of(location, "town")) if part
    )


def _whole(cells: Cells, path: str) -> int:
    value = cells.get(path)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
