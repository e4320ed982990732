"""SQL is never put together from text: the linter of `make check` refuses it."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.rows import row

ROOT: Final = Path(__file__).parents[2]
RUFF: Final = [str(Path(sys.executable).with_name("ruff")), "check", "--no-cache", "-"]
OPTIONS: list[str] = []
PUT_TOGETHER: Final = (
    "from sqlalchemy import text\n\n\ndef find(name: str) -> object:\n    return text({})\n"
)


@pytest.mark.parametrize(
    "sql",
    [
        "f\"SELECT * FROM job WHERE name = '{name}'\"",
        "\"SELECT * FROM job WHERE name = '%s'\" % name",
        '"SELECT * FROM job WHERE name = " + name',
    ],
)
@row(21, without={"tests.house.test_sql_rule.OPTIONS": ["--ignore=S608"]})
def test_sql_put_together_from_text_is_refused(sql: str) -> None:
    command = [*RUFF, "--stdin-filename=backend/store/planted.py", *OPTIONS]

    checked = subprocess.run(  # noqa: S603 - the words are ours
        command,
        cwd=ROOT,
        input=PUT_TOGETHER.format(sql),
        capture_output=True,
        text=True,
        check=False,
    )

    assert "S608" in checked.stdout
    assert checked.returncode == 1
