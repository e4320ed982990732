"""The rows of docs/security.md: a test of a row is run as it is, and once more without the control
that it watches, when it must fail.

    @row(1, without={"backend.store.links.hash_secret": lambda secret: secret})
    async def test_the_database_holds_no_token(...)

`without` names what is taken away, as a dotted path to where it is used, and what stands there
instead; several marks of one row take away one control each. This is the only place where a test
may replace our own code.
"""

from collections.abc import Mapping
from typing import Any, Final

import pytest

MARK: Final = "row"
HELD: Final = "held"


def row(number: int, *, without: Mapping[str, Any]) -> pytest.MarkDecorator:
    """Mark a test as one of row `number`, which fails `without` a control."""
    return pytest.mark.row(number, without=without)


def runs(metafunc: pytest.Metafunc) -> None:
    """Make a marked test's runs: with every control, and without each."""
    marks = list(metafunc.definition.iter_markers(MARK))
    if marks:
        controls = [{}, *(mark.kwargs["without"] for mark in marks)]
        metafunc.parametrize("control", controls, indirect=True, ids=_name)


def is_without(item: pytest.Item) -> bool:
    """Whether this run of a test lacks a control."""
    callspec = getattr(item, "callspec", None)
    return bool(callspec and callspec.params.get("control"))


def _name(control: Mapping[str, Any]) -> str:
    return f"without {next(iter(control)).rpartition('.')[2]}" if control else HELD
