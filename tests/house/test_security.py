"""docs/security.md is true: each row is shown by tests that are there, or says that it is not."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from tests.rows import row

ROOT: Final = Path(__file__).parents[2]
ROWS: Final = range(1, 41)
NOT_BUILT: Final = "not built"


class Row(NamedTuple):
    """One row of the table: its tests, as `path::name`, or none when it says "not built"."""

    number: int
    tests: frozenset[str]
    is_built: bool


def document() -> str:
    """docs/security.md."""
    return (ROOT / "docs" / "security.md").read_text("utf-8")


def rows() -> dict[int, Row]:
    """The table."""
    table = {}
    for line in document().splitlines():
        cells = [each.strip() for each in line.strip("|").split("|")]
        if cells[0].isdecimal():
            shown = cells[3]
            tests = frozenset(re.findall(r"`(tests/[^`]+::[^`]+)`", shown))
            table[int(cells[0])] = Row(int(cells[0]), tests, NOT_BUILT not in shown)
    return table


def marked() -> set[tuple[int, str]]:
    """Every row mark of the tests, with the test that carries it."""
    found = set()
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        text = file.read_text("utf-8")
        if "@row(" in text:
            path = file.relative_to(ROOT).as_posix()
            found |= {(number, f"{path}::{name}") for number, name in _marks(ast.parse(text))}
    return found


def _marks(module: ast.Module) -> Iterator[tuple[int, str]]:
    for each in module.body:
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            for mark in each.decorator_list:
                match mark:
                    case ast.Call(func=ast.Name(id="row"), args=[ast.Constant(value=int(number))]):
                        yield number, each.name


def cut() -> str:
    """The table without its last row."""
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    return re.sub(r"^\| 40 .*\n", "", text, flags=re.MULTILINE)


@row(34, without={"tests.house.test_security.document": cut})
def test_every_row_is_shown_by_tests_that_are_there_or_says_that_it_is_not_built() -> None:
    table = rows()
    not_built = sorted(each.number for each in table.values() if not each.is_built)
    print(f"{len(table) - len(not_built)} rows shown, not built: {not_built}")  # noqa: T201

    assert list(table) == list(ROWS)
    assert {(each.number, test) for each in table.values() for test in each.tests} == marked()
    assert [each.number for each in table.values() if each.is_built and not each.tests] == []
    assert [each.number for each in table.values() if not each.is_built and each.tests] == []
