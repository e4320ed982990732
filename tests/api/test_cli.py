"""The `terrain` command answers an operator's mistakes with one clear line in two languages."""

from pathlib import Path

import pytest

from backend.cli import main


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


def test_an_unknown_key_is_named_with_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "terrain.toml"
    config.write_text('[erpnext]\nurll = "x"\n', "utf-8")

    status = main(["--config", str(config), "migrate"])

    assert status == 1
    assert "urll" in capsys.readouterr().err
