"""One JSON line an event, bounded in size and rate, without secrets."""

import json
import logging
import sys
import time
from collections.abc import Callable
from typing import Any, Final

LINE_CHARACTERS: Final = 2000
PER_MINUTE: Final = 100

log = logging.getLogger("terrain")

# They log whole URLs at INFO, which may hold customer data; whoever configures logging later.
for _library in ("httpx", "httpcore"):
    logging.getLogger(_library).setLevel(logging.WARNING)

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """A record as one JSON object: time, level, message, and its `extra` values."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line, cut at LINE_CHARACTERS."""
        line: dict[str, Any] = {
            "at": int(record.created * 1000),
            "level": record.levelname,
            "event": record.getMessage(),
        }
        line.update({k: v for k, v in vars(record).items() if k not in _STANDARD})
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = self.formatException(record.exc_info)[-1000:]
        return json.dumps(line, ensure_ascii=False, default=str)[:LINE_CHARACTERS]


class RateLimit(logging.Filter):
    """At most PER_MINUTE lines a minute of one message template; the next of its kind in a later
    minute says how many were dropped. `clock` gives seconds.

    ERPNext was once down for four days because a log filled the disk with 75 GB.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._clock = clock
        self._counts: dict[str, int] = {}
        self._dropped: dict[str, int] = {}
        self._minute = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this record may be written."""
        minute = int(self._clock() // 60)
        if minute != self._minute:
            self._turn(minute)
        count = self._counts[record.msg] = self._counts.get(record.msg, 0) + 1
        if record.msg in self._dropped:
            record.dropped = self._dropped.pop(record.msg)
        if count == PER_MINUTE:
            record.msg = f"{record.msg} (further ones this minute are dropped)"
        return count <= PER_MINUTE

    def _turn(self, minute: int) -> None:
        over = {msg: count - PER_MINUTE for msg, count in self._counts.items()}
        self._dropped = {msg: count for msg, count in over.items() if count > 0}
        self._minute, self._counts = minute, {}


def configure(level: str = "INFO") -> None:
    """Send everything to standard output as JSON; libraries only from WARNING on."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(RateLimit())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    log.setLevel(level)
