"""Leaves out what a source dates later than now: its clock is wrong, so that nobody knows how old
its values are."""

from collections.abc import Iterator
from typing import Any, Final

from msgspec.structs import asdict, replace

from backend.cpe.readings import Reading
from backend.cpe.verdict.model import Case

# What ages. Who a terminal is does not, and an OLT's word is dated by our own clock.
_ONE_TELLER: Final = ("interface", "wifi", "mesh", "voice")
_SINGLE: Final = ("firmware", "uptime_s")


def of_known_age(case: Case) -> Case:
    """The case without readings that are further ahead than a reading of now may be behind. Of a
    table that one source tells nothing is kept: half of it would be another table."""
    summary = case.summary
    kept: dict[str, Any] = {
        name: () if _is_ahead(getattr(summary, name), case) else getattr(summary, name)
        for name in _ONE_TELLER
    }
    kept |= {name: None for name in _SINGLE if _is_ahead((getattr(summary, name),), case)}
    light = tuple(each for each in summary.optical_status if not _is_ahead((each,), case))
    return replace(case, summary=replace(summary, optical_status=light, **kept))


def _is_ahead(told: tuple[Any, ...], case: Case) -> bool:
    latest_ms = case.at_ms + case.limits.checks.oldest_reading_s * 1000
    return any(each.as_of_ms > latest_ms for part in told for each in _readings(part))


def _readings(part: Any) -> Iterator[Reading[Any]]:
    if isinstance(part, Reading):
        yield part
    elif part is not None:
        yield from (each for each in asdict(part).values() if isinstance(each, Reading))
