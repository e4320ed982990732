"""docs/sync.md names a test for each awkward case of the sync: it is there, under that name."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECTION = (ROOT / "docs/sync.md").read_text("utf-8").partition("## Awkward cases")[2]


@pytest.mark.parametrize("named", re.findall(r"`([^`]+::[^`]+)`", SECTION))
def test_the_test_of_an_awkward_case_is_there(named: str) -> None:
    file, _, name = named.partition("::")
    begins = f"def {name}(" if file.endswith(".py") else f"test('{name}'"

    assert begins in (ROOT / file).read_text("utf-8")


def test_every_awkward_case_names_a_test() -> None:
    rows = re.findall(r"^\| (?!case|-)(.+?) \| (.*) \|$", SECTION, re.MULTILINE)

    assert len(rows) > 10
    assert [case for case, tests in rows if "::" not in tests] == []
