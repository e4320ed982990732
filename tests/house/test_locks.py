"""What is installed is what was locked: every version by its hash, no install script of npm."""

import json
import re
from pathlib import Path

from tests.rows import row

ROOT = Path(__file__).parents[2]


def read(name: str) -> str:
    """A file of this repository."""
    return (ROOT / name).read_text("utf-8")


@row(31, without={"tests.house.test_locks.read": lambda _name: "litestar>=2\n"})
def test_every_python_package_is_pinned_by_hash() -> None:
    for name in ("requirements/run.txt", "requirements/dev.txt"):
        asked = [line for line in read(name).splitlines() if not line.startswith((" ", "#"))]
        hashes = re.findall(r"^ +--hash=sha256:[0-9a-f]{64}", read(name), re.MULTILINE)

        assert [each for each in asked if not re.match(r"[a-z0-9.\[\],-]+==\S+ .*\\$", each)] == []
        assert len(hashes) >= len(asked) > 0


@row(31, without={"tests.house.test_locks.read": lambda _name: '{"packages": {"a": {}}}'})
def test_every_npm_package_is_pinned_by_hash() -> None:
    packages = json.loads(read("pwa/package-lock.json"))["packages"]

    assert [name for name, each in packages.items() if name and "integrity" not in each] == []


@row(31, without={"tests.house.test_locks.read": lambda _name: "npm ci\npip install -r x"})
def test_installing_runs_no_script_and_takes_nothing_that_is_not_locked() -> None:
    for name in ("Dockerfile", "tools/bootstrap.sh"):
        text = read(name)

        assert "--require-hashes" in text
        assert re.findall(r"^[^\"\n]*npm [^\"\n]*\bci (?!.*--ignore-scripts)", text, re.M) == []
