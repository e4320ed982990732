"""The log tells what happens and never fills the disk."""

import io
import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.log import JsonFormatter, RateLimit, log
from backend.operations.access_log import with_access_log
from tests.api.installation import Installation, opened

ERRORS = 50_000
HOURS = 3


class Sink:
    """Where a log goes, by a clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.written = io.StringIO()
        self.handler = logging.StreamHandler(self.written)
        self.handler.setFormatter(JsonFormatter())
        self.handler.addFilter(RateLimit(lambda: self.now_s))

    def say(self, message: str, **values: object) -> None:
        """One line of the application."""
        record = logging.makeLogRecord({"msg": message, "levelno": logging.ERROR, **values})
        self.handler.handle(record)

    def lines(self) -> list[dict[str, object]]:
        """What was written."""
        return [json.loads(line) for line in self.written.getvalue().splitlines()]


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A sink that also has what the application logs."""
    made = Sink()
    log.addHandler(made.handler)
    level = log.level
    log.setLevel("INFO")
    yield made
    log.setLevel(level)
    log.removeHandler(made.handler)


def test_the_same_error_for_hours_leaves_less_than_a_megabyte(sink: Sink) -> None:
    for number in range(ERRORS):
        sink.now_s = number * HOURS * 3600 / ERRORS
        sink.say("write failed", why="x" * 3000)

    assert len(sink.written.getvalue().encode()) < 1_000_000
    assert sink.lines()[-1]["event"] == "write failed (further ones this minute are dropped)"


def test_a_line_that_is_too_long_is_still_json(sink: Sink) -> None:
    sink.say("write failed", why="é" * 3000, rows=[*range(3000)])

    [line] = sink.lines()
    assert line["event"] == "write failed"
    assert str(line["why"]).startswith("ééé")


def test_the_first_line_after_a_gap_counts_what_was_dropped(sink: Sink) -> None:
    for _ in range(150):
        sink.say("write failed")
    sink.now_s = 3600
    sink.say("write failed")

    assert len(sink.lines()) == 101
    assert sink.lines()[-1]["dropped"] == 50


def test_a_kind_that_was_quiet_has_all_its_lines_again(sink: Sink) -> None:
    for minute in (0, 1, 2, 4):
        sink.now_s = minute * 60
        for _ in range(150):
            sink.say("write failed")

    assert len(sink.lines()) == 100 + 50 + 25 + 100


def test_one_kind_does_not_silence_another(sink: Sink) -> None:
    for _ in range(150):
        sink.say("write failed")
    sink.say("erpnext is away")

    assert sink.lines()[-1]["event"] == "erpnext is away"


def test_a_library_that_puts_its_values_into_the_template_is_bounded_too(sink: Sink) -> None:
    for number in range(3000):
        sink.say(f"pool {number} is exhausted")

    assert len(sink.lines()) == 1000 + 100


async def test_a_request_is_logged_by_its_route_and_never_by_its_path(
    sink: Sink, migrated: Path, tmp_path: Path
) -> None:
    database = shutil.copy(migrated, tmp_path / "terrain.db")
    async with opened(f"sqlite:///{database}", tmp_path) as terrain:
        logged = Installation(with_access_log(terrain.app), terrain.store, terrain.clock)  # type: ignore[arg-type]
        async with logged.phone() as phone:
            await phone.get("/t/a-token-that-nobody-may-read")
            await phone.get("/nowhere/a-token-that-nobody-may-read")

    told = [line for line in sink.lines() if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in told] == [("/t/{token}", 404), ("", 404)]
    assert "a-token" not in sink.written.getvalue()
