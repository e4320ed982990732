"""docs/sync.md names every refusal: clients choose their words by these codes."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from backend.errors import AppError

DOCUMENT = Path(__file__).parents[2] / "docs" / "sync.md"


def test_every_code_is_documented_with_its_status_and_no_other_is() -> None:
    import_module("backend.cli")
    import_module("backend.demo")  # and with it every handler

    raised = {f"{each.status} {each.code}" for each in _below(AppError)}
    section = DOCUMENT.read_text("utf-8").partition("## Errors")[2].partition("\n## ")[0]
    listed = {
        f"{status} {code}"
        for status, codes in re.findall(r"^\| (\d{3}) \| ([^|]+) \|", section, re.MULTILINE)
        for code in re.findall(r"`([a-z-]+)`", codes)
    }

    assert listed - {"405 method-not-allowed", "500 error"} == raised


def _below(error: type[AppError]) -> Iterator[type[AppError]]:
    for each in error.__subclasses__():
        if each.__module__.startswith("backend."):
            yield each
            yield from _below(each)
