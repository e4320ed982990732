"""One JSON line an event, bounded in size and rate, without secrets."""

import json
import logging
import sys
import time
from collections.abc import Callable, Hashable
from typing import Any, Final

LINE_CHARACTERS: Final = 2000
VALUES: Final = 9  # of a line that is cut
VALUE_CHARACTERS: Final = 200
PER_MINUTE: Final = 100
KINDS: Final = 1000

log = logging.getLogger("terrain")

# They log whole URLs at INFO, which may hold customer data; whoever configures logging later.
for _library in ("httpx", "httpcore"):
    logging.getLogger(_library).setLevel(logging.WARNING)

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """A record as one JSON object: time, level, message, and its `extra` values."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line; one of more than LINE_CHARACTERS is cut value by value, and stays JSON."""
        line: dict[str, Any] = {
            "at": int(record.created * 1000),
            "level": record.levelname,
            "event": record.getMessage(),
        }
        line.update({k: v for k, v in vars(record).items() if k not in _STANDARD})
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = self.formatException(record.exc_info)[-1000:]
        text = _json(line)
        if len(text) > LINE_CHARACTERS:
            text = _json({key: _cut(value) for key, value in [*line.items()][:VALUES]})
        return text


def _json(line: Any) -> str:
    return json.dumps(line, ensure_ascii=False, default=str)


def _cut(value: Any) -> Any:
    text = value if isinstance(value, str) else _json(value)
    return value if len(text) <= VALUE_CHARACTERS else f"{text[:VALUE_CHARACTERS]}…"


class _Kind:
    """What was written of one kind of line: in which minute, how much, and how much may be."""

    __slots__ = ("allowance", "dropped", "minute", "written")

    def __init__(self, minute: int) -> None:
        self.minute = minute
        self.written = self.dropped = 0
        self.allowance = PER_MINUTE

    def turn(self, minute: int) -> None:
        """Begin another minute: half of the last one's lines when those were too many, and all of
        them again after a minute that had enough."""
        is_going_on = minute == self.minute + 1 and self.written > self.allowance
        self.allowance = max(1, self.allowance // 2) if is_going_on else PER_MINUTE
        self.minute, self.written = minute, 0


class RateLimit(logging.Filter):
    """At most PER_MINUTE lines a minute of one kind, and half as many with each minute that has
    more of them, down to one; the first line after a gap counts what was `dropped`.

    A kind is a message template, for a request with its route and status. ERPNext was once down
    for four days because a log filled the disk with 75 GB. `clock` gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._clock = clock
        self._kinds: dict[Hashable, _Kind] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this record may be written."""
        minute = int(self._clock() // 60)
        kind = self._kind(record, minute)
        if minute != kind.minute:
            kind.turn(minute)
        kind.written += 1
        if kind.written > kind.allowance:
            kind.dropped += 1
            return False
        if kind.dropped:
            record.dropped, kind.dropped = kind.dropped, 0
        if kind.written == kind.allowance:
            record.msg = f"{record.msg} (further ones this minute are dropped)"
        return True

    def _kind(self, record: logging.LogRecord, minute: int) -> _Kind:
        """Its own; one for all others together once there are KINDS of them, as of a library that
        writes its values into the template."""
        key = (record.msg, getattr(record, "route", ""), getattr(record, "status", ""))
        known = self._kinds.get(key)
        if known is None:
            key = key if len(self._kinds) < KINDS else ("", "", "")
            known = self._kinds.setdefault(key, _Kind(minute))
        return known


def configure(level: str = "INFO") -> None:
    """Send everything to standard output as JSON; libraries only from WARNING on."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(RateLimit())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    log.setLevel(level)
