"""The `terrain` command answers an operator's mistakes with one clear line in two languages."""

import io
from pathlib import Path

import pytest

from backend.cli import main
from backend.control import lock
from backend.store.engine import writing_engine
from backend.store.schema import upgrade
from tests.e2e.processes import free_port


def test_asking_where_nothing_is_installed_makes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["link", "list", "--data", str(tmp_path / "var")])

    assert status == 1
    assert "Aucune installation" in capsys.readouterr().err
    assert not (tmp_path / "var").exists()


def test_a_link_for_no_day_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["link", "create", "--technician", "TECH-001", "--days", "0"])

    assert "--days" in capsys.readouterr().err


def test_a_missing_secret_stops_the_start_and_names_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "terrain.toml"
    config.write_text(
        'office_phone = "450-555-0100"\n[erpnext]\nurl = "http://127.0.0.1:9"\n'
        f'token_file = "{tmp_path / "nowhere"}"\n',
        "utf-8",
    )

    status = main(["--config", str(config), "serve"])

    error = capsys.readouterr().err
    assert status == 1
    assert str(config) in error
    assert "nowhere : secret absent ou vide / secret missing or empty" in error
    assert "Traceback" not in error


def test_a_check_of_a_site_that_is_away_is_one_line_and_an_exit_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "token").write_text("key:secret", "utf-8")
    config = tmp_path / "terrain.toml"
    away = f"http://127.0.0.1:{free_port()}"
    config.write_text(f'[erpnext]\nurl = "{away}"\ntoken_file = "{tmp_path / "token"}"\n', "utf-8")

    assert main(["--config", str(config), "erp", "check"]) == 1
    assert capsys.readouterr().out.startswith("ERPNext ne répond pas / ERPNext does not answer")


def test_an_account_of_the_office_is_made_listed_and_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = ["--data", str(tmp_path)]
    upgrade(writing_engine(f"sqlite:///{tmp_path / 'terrain.db'}"))
    monkeypatch.setattr("sys.stdin", io.StringIO("un mot de passe assez long\n"))

    statuses = [
        main(["admin", "create", "Rita@Example.ca", *data]),
        main(["admin", "list", *data]),
        main(["admin", "end", "rita@example.ca", *data]),
        main(["admin", "list", *data]),
        main(["admin", "end", "nobody@example.ca", *data]),
    ]

    told = capsys.readouterr()
    assert statuses == [0, 0, 0, 0, 1]
    assert told.out.splitlines() == [
        "rita@example.ca  admin",
        "rita@example.ca  admin",
        "rita@example.ca  terminé / ended",
        "rita@example.ca  admin  terminé / ended",
    ]
    assert told.err.splitlines()[0] == "Aucun compte « nobody@example.ca »."
    assert b"mot de passe" not in (tmp_path / "terrain.db").read_bytes()


def test_a_short_password_makes_no_account(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("onze lettre\n"))

    status = main(["admin", "create", "rita@example.ca", "--data", str(tmp_path)])

    assert status == 1
    assert "de 12 à 256 caractères / password: 12 to 256 characters" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        'zone = "Mars/Base"',
        'zone = "../etc"',
        "port = 99999",
        'database = "mysql://x"',
        'public_url = "terrain"',
        'public_url = "https://terrain.example.ca/t"',
        'office_phone = "abc"',
    ],
)
def test_a_value_with_which_nothing_could_run_is_named_in_one_line(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "terrain.toml"
    config.write_text(line, "utf-8")

    status = main(["--config", str(config), "link", "list"])

    [said] = capsys.readouterr().err.splitlines()
    assert status == 1
    assert said.startswith(f"configuration {config} : {line.split()[0]} = ")


@pytest.mark.parametrize("mapping", ["nowhere.toml", "wrong.toml"])
def test_a_mapping_file_that_cannot_be_read_stops_the_start(
    mapping: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wrong.toml").write_text("[surprise]\n", "utf-8")
    config = tmp_path / "terrain.toml"
    config.write_text(
        f'office_phone = "450-555-0100"\ndata = "{tmp_path / "var"}"\nport = {free_port()}\n'
        f'[erpnext]\nmapping = "{tmp_path / mapping}"\n',
        "utf-8",
    )

    status = main(["--config", str(config), "serve"])

    [said] = capsys.readouterr().err.splitlines()
    assert status == 1
    assert said.startswith(f"configuration {config} : ")


def test_a_token_without_its_secret_stops_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = tmp_path / "token"
    token.write_text("only-a-key", "utf-8")
    config = tmp_path / "terrain.toml"
    config.write_text(
        'office_phone = "450-555-0100"\n[erpnext]\nurl = "http://127.0.0.1:9"\n'
        f'token_file = "{token}"\n',
        "utf-8",
    )

    assert main(["--config", str(config), "serve"]) == 1
    assert "KEY:SECRET" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_file_that_is_not_there_is_named(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, missing = tmp_path / "terrain.toml", tmp_path / "nowhere" / "backup.db"
    config.write_text(f'data = "{tmp_path}"\n', "utf-8")
    assert main(["--config", str(config), "migrate"]) == 0

    status = main(["--config", str(config), command, str(missing)])

    assert status == 1
    assert str(missing.parent) in capsys.readouterr().err


def test_what_terrain_writes_is_for_its_own_user_alone(tmp_path: Path) -> None:
    config, data = tmp_path / "terrain.toml", tmp_path / "var"
    config.write_text(f'data = "{data}"\n', "utf-8")

    assert main(["--config", str(config), "migrate"]) == 0

    for path in (data, data / "terrain.db"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_an_unknown_key_is_named_with_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "terrain.toml"
    config.write_text('[erpnext]\nurll = "x"\n', "utf-8")

    status = main(["--config", str(config), "migrate"])

    assert status == 1
    assert "urll" in capsys.readouterr().err


def test_a_second_server_says_that_one_runs_already(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with lock(tmp_path):
        status = main(["--config", str(a_config(tmp_path)), "serve"])

    assert status == 1
    assert "Terrain is already running in" in capsys.readouterr().err


def test_workers_of_their_own_are_refused_on_sqlite(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["--config", str(a_config(tmp_path)), "work"])

    french, english = capsys.readouterr().err.splitlines()
    assert status == 1
    assert french.startswith("La base est SQLite : `terrain serve` travaille aussi")
    assert english.startswith("The database is SQLite: `terrain serve` works too")
    assert not (tmp_path / "terrain.db").exists()


def test_a_damaged_database_stops_the_start_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "terrain.db").write_bytes(b"\xff" * 8192)

    status = main(["--config", str(a_config(tmp_path)), "serve"])

    error = capsys.readouterr().err
    assert status == 1
    assert "The database cannot be used (SQLITE_NOTADB)" in error
    assert "Traceback" not in error


def a_config(data: Path) -> Path:
    """An installation in a folder, on a port that is free."""
    config = data / "terrain.toml"
    config.write_text(
        f'office_phone = "450-555-0100"\nport = {free_port()}\ndata = "{data}"\n', "utf-8"
    )
    return config
