"""What a simple field may hold: the values of edits, wishes and choices come from outside."""

import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Any, Final

from sync.job_status import parse_status
from sync.protocol import INSTANT_LIMIT
from sync.writes import NOTE_CHARACTERS

_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_KEY: Final = re.compile(r"[a-z]{1,20}/[0-9A-Za-z-]{1,58}")


class Shape(StrEnum):
    """The kinds of value; a day is local, `YYYY-MM-DD`, a clock `HH:MM`, an instant UTC ms."""

    TEXT = "text"
    DAY = "day"
    CLOCK = "clock"
    INSTANT = "instant"
    COUNT = "count"
    KEY = "key"
    STATUS = "status"


def has_shape(shape: Shape, value: Any) -> bool:
    """Whether a value may stand in a field of that shape; None, which empties it, may anywhere
    but in the status."""
    if value is None:
        return shape is not Shape.STATUS
    return _SHAPES[shape](value)


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_whole(value: Any, limit: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < limit


_SHAPES: Final[dict[Shape, Callable[[Any], bool]]] = {
    Shape.TEXT: lambda value: isinstance(value, str) and len(value) <= NOTE_CHARACTERS,
    Shape.DAY: _is_day,
    Shape.CLOCK: lambda value: isinstance(value, str) and bool(_CLOCK.fullmatch(value)),
    Shape.INSTANT: lambda value: _is_whole(value, INSTANT_LIMIT),
    Shape.COUNT: lambda value: _is_whole(value, 2**31),
    Shape.KEY: lambda value: isinstance(value, str) and bool(_KEY.fullmatch(value)),
    Shape.STATUS: lambda value: parse_status(value) is not None,
}
