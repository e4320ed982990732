"""The wheel runs with what it declares, and nothing else that happens to be installed here."""

import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement

from tests.rows import row

ROOT: Final = Path(__file__).parents[2]
ANSWERS: Final = """
import asyncio, sys
sys.path[:0] = [sys.argv[1]]
from backend.app import create_app
from backend.settings import Settings

async def get(app, path):
    sent = []
    scope = {"type": "http", "http_version": "1.1", "method": "GET", "path": path, "headers": [],
             "raw_path": path.encode(), "query_string": b"", "root_path": "", "scheme": "http",
             "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2), "app": app}
    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}
    async def send(message):
        sent.append(message)
    await app(scope, receive, send)
    return sent[0]["status"]

print(asyncio.run(get(create_app(Settings()), "/health")))
"""


def project() -> list[str]:
    """The dependencies in pyproject.toml."""
    read = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked: list[str] = read["project"]["dependencies"]
    return asked


def declared() -> list[str]:
    """What the wheel asks for."""
    return project()


def without_granian() -> list[str]:
    """As when a dependency is forgotten that is installed here all the same."""
    return [each for each in project() if not each.startswith("granian")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - our words
    [made] = folder.glob("*.whl")
    with zipfile.ZipFile(made) as packed:
        packed.extractall(folder / "unpacked")
    return folder / "unpacked"


@row(32, without={"tests.house.test_wheel.declared": without_granian})
def test_the_wheel_answers_with_what_it_declares(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    for entry in wheel.iterdir():
        (site / entry.name).symlink_to(entry)
    for name in closure(declared()):
        link_into(site, distribution(name))

    run = [sys.executable, "-I", "-S", "-c", ANSWERS, str(site)]
    told = subprocess.run(run, capture_output=True, text=True, check=False)  # noqa: S603 - our words

    assert told.stdout == "200\n", told.stderr


@row(32, without={"tests.house.test_wheel.declared": lambda: ["sqlalchemy"]})
def test_what_sqlalchemy_needs_to_be_awaited_comes_along() -> None:
    assert "greenlet" in closure(declared())


def closure(asked: list[str]) -> set[str]:
    """The distributions that requirements bring, with all that those ask for in their turn."""
    found: dict[str, set[str]] = {}
    waiting = [Requirement(each) for each in asked]
    while waiting:
        wanted = waiting.pop()
        known = found.setdefault(wanted.name, set())
        is_new = not known
        extras = ({""} if is_new else set()) | (wanted.extras - known)
        known |= extras | {""}
        waiting += [each for extra in extras for each in brought(wanted.name, extra)]
    return set(found)


def brought(name: str, extra: str) -> Iterator[Requirement]:
    """What a distribution asks for with an extra ("": without any) on this machine."""
    for text in distribution(name).requires or []:
        asked = Requirement(text)
        plain = asked.marker is None or asked.marker.evaluate({"extra": ""})
        with_extra = asked.marker is None or asked.marker.evaluate({"extra": extra})
        if plain if not extra else with_extra and not plain:
            yield asked


def link_into(site: Path, installed: Distribution) -> None:
    """Show a distribution's own packages and modules in a folder."""
    for name in {file.parts[0] for file in installed.files or [] if file.parts[0] != ".."}:
        place, target = site / name, Path(str(installed.locate_file(name)))
        if not place.exists() and name != "__pycache__":
            place.symlink_to(target)
