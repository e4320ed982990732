"""The whole suite's output is searched for secrets: that the search finds them."""

import logging
import secrets
from pathlib import Path

import pytest

from tests.canary import PLANTED, SHORTEST, Canaries, leaks, logs_in


def test_a_secret_in_a_line_its_values_or_its_trace_is_found() -> None:
    canaries = Canaries()
    drawn = canaries.watching(secrets.token_urlsafe)(32)
    record = logging.makeLogRecord({"msg": "a fault", "path": f"/t/{drawn}"})

    canaries.handle(record)

    known, lines = canaries.take()
    assert leaks(known, lines) == [f"{drawn[:4]}…"]
    assert canaries.take() == (frozenset(), ())


def test_what_is_no_secret_is_no_leak(tmp_path: Path) -> None:
    (tmp_path / "server.log").write_text('{"event": "a request", "path": "/t/{token}"}\n')

    assert leaks({*PLANTED, "x" * SHORTEST}, logs_in(tmp_path)) == []


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_secret_in_a_log_file_is_found(tmp_path: Path, planted: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "server.log").write_text(f"GET /?key={planted}\n")

    assert len(leaks(PLANTED, logs_in(tmp_path))) == 1
