"""The log is bounded: a fault that repeats a million times fills no disk."""

import io
import json
import logging
from typing import Any

from backend.log import LINE_CHARACTERS, PER_MINUTE, JsonFormatter, RateLimit
from tests.rows import row

MANY = 20_000


class Clock:
    """Seconds that a test moves."""

    now_s = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now_s


class Written:
    """What a handler as `configure` makes it has written."""

    def __init__(self, clock: Clock) -> None:
        self._stream = io.StringIO()
        self.handler = logging.StreamHandler(self._stream)
        self.handler.setFormatter(JsonFormatter())
        self.handler.addFilter(RateLimit(clock))

    def log(self, message: str, **extra: Any) -> None:
        """One event."""
        fields = {"name": "terrain", "msg": message, "levelname": "ERROR"} | extra
        self.handler.handle(logging.makeLogRecord(fields))

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Every line."""
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]

    @property
    def size(self) -> int:
        """In characters."""
        return len(self._stream.getvalue())


@row(30, without={"backend.log.RateLimit.filter": lambda *_: True})
def test_a_fault_that_repeats_is_written_a_hundred_times_a_minute() -> None:
    written = Written(Clock())

    for _ in range(MANY):
        written.log("disk full", path="x" * 40)

    # However often: what a million of them would take.
    assert len(written.lines) == PER_MINUTE
    assert written.size < PER_MINUTE * LINE_CHARACTERS < 1_000_000


def test_other_faults_are_written_beside_the_one_that_repeats() -> None:
    written = Written(Clock())

    for _ in range(PER_MINUTE + 50):
        written.log("disk full")
    written.log("upstream away")

    assert written.lines[-1]["event"] == "upstream away"


def test_the_next_line_of_its_kind_says_how_many_were_dropped() -> None:
    clock = Clock()
    written = Written(clock)
    for _ in range(PER_MINUTE + 50):
        written.log("disk full")
    clock.now_s += 60

    written.log("disk full")
    written.log("disk full")

    assert written.lines[-2]["dropped"] == 50
    assert "dropped" not in written.lines[-1]


@row(30, without={"backend.log.LINE_CHARACTERS": 10**6})
def test_a_line_is_cut() -> None:
    written = Written(Clock())

    written.log("x" * 10_000)

    assert written.size <= LINE_CHARACTERS + 1
