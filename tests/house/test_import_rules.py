"""The import contracts of pyproject.toml catch a wrong import in each place that they guard."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# file, import planted in it, the rule that must break
WRONG = [
    ("sync/merge.py", "import sqlite3", "1. sync is pure"),
    ("sync/planted.py", "import backend.errors", "1. sync is pure"),
    ("backend/tech/planted.py", "import backend.erp", "2. layers of backend"),
    ("backend/auth/planted.py", "import backend.tech", "2. layers of backend"),
    ("backend/planted.py", "", "2. layers of backend"),
    ("backend/modem_bridge/planted.py", "import backend.store.tables", "2. the modem bridge"),
    ("backend/store/planted.py", "import litestar", "3. Litestar stays at the door"),
    ("backend/store/planted.py", "import httpx", "4. only clients"),
    ("backend/board/planted.py", "import obstore", "4. only clients"),
    ("backend/erp/planted.py", "import sqlalchemy", "4. only the store has SQL"),
    ("backend/errors.py", "import tests", "5. product code never imports tests"),
    ("backend/erp/planted.py", "import backend.simulators", "5. only app and cli"),
]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the product code and its contracts, to plant faults in."""
    for package in ("backend", "sync"):
        shutil.copytree(ROOT / package, tmp_path / package)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(("file", "wrong", "rule"), WRONG)
def test_wrong_import_breaks_its_rule(file: str, wrong: str, rule: str, checkout: Path) -> None:
    planted = checkout / file
    planted.parent.mkdir(exist_ok=True)
    (planted.parent / "__init__.py").touch()
    with planted.open("a") as code:
        code.write(f"\n{wrong}\n")

    checked = lint_imports(checkout)

    broken = [line for line in checked.stdout.splitlines() if "BROKEN" in line]
    assert checked.returncode == 1
    assert any(line.startswith(rule) for line in broken)


def test_copied_code_without_a_fault_passes(checkout: Path) -> None:
    assert lint_imports(checkout).returncode == 0


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs the contracts of a folder as `make check` does."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(  # noqa: S603 - the words are ours
        [str(program), "--no-cache", "--no-logo"],
        cwd=folder,
        env={"COLUMNS": "200", "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
