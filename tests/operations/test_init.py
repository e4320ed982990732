"""`terrain init` writes an installation that loads, with secrets for its own user alone."""

import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from backend.cli import main
from backend.settings import load

GIVEN = {
    "--host": "terrain.example.ca",
    "--office-phone": "450-555-0100",
    "--erpnext-url": "https://erp.example.ca",
    "--former-host": "dispatch.example.ca",
    "--backup": "/srv/backup",
}


def services_of(file: Path) -> dict[str, Any]:
    """The services of a compose file. Raises ValueError for what is none by the Compose
    Specification, or names what it does not define."""
    read = yaml.safe_load(file.read_text("utf-8"))  # merge keys (<<), which the library leaves
    PyCompose.from_json(json.dumps(read)).validate()
    services: dict[str, Any] = read["services"]
    return services


def init(folder: Path, given: dict[str, str], *more: str) -> int:
    """Run it without questions."""
    options = [word for pair in given.items() for word in pair]
    return main(["init", str(folder), "--yes", *options, *more])


def test_the_written_configuration_loads_and_the_compose_file_is_one(tmp_path: Path) -> None:
    assert init(tmp_path, GIVEN) == 0

    settings = load(str(tmp_path / "terrain.toml"))
    services = services_of(tmp_path / "compose.yaml")
    labels = services["terrain"]["labels"]
    assert settings.public_url == "https://terrain.example.ca"
    assert settings.backup.recipients[0] in (tmp_path / "backup.key").read_text("utf-8")
    assert list(services) == ["terrain"]
    assert labels["traefik.http.routers.terrain.middlewares"] == "terrain-strip"
    replaced = "traefik.http.middlewares.terrain-former.redirectregex.replacement"
    assert labels[replaced] == "https://terrain.example.ca/board/"


def test_secrets_are_made_and_only_their_owner_may_read_them(tmp_path: Path) -> None:
    init(tmp_path, GIVEN)

    written = [file for file in tmp_path.rglob("*") if file.is_file()]
    secret = (tmp_path / "secrets" / "terrain-proxy").read_text("utf-8")
    assert {stat.S_IMODE(file.stat().st_mode) for file in written} == {0o600}
    assert len(secret) == 64
    assert secret not in (tmp_path / "compose.yaml").read_text("utf-8")


def test_nothing_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "compose.yaml").write_text("mine", "utf-8")

    assert init(tmp_path, GIVEN) == 1

    assert "exists already" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["compose.yaml"]


@pytest.mark.parametrize(
    ("option", "answer"),
    [("--host", "terrain`) || Host(`x"), ("--network", 'a"\nb'), ("--host", "")],
)
def test_an_answer_with_which_nothing_could_run_is_named(
    option: str, answer: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(tmp_path, GIVEN | {option: answer}) == 1

    assert f"This answer will not do: {option.removeprefix('--')} =" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_given_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = ["terrain.example.ca", "450-555-0100", "https://erp.example.ca", *[""] * 8]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(answers) + "\n"))

    assert main(["init", str(tmp_path)]) == 0

    assert load(str(tmp_path / "terrain.toml")).erpnext.url == "https://erp.example.ca"
    assert not (tmp_path / "backup.key").exists()
