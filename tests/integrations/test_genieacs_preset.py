"""`terrain cpe install-preset` as an operator types it, and the addresses that settings refuse."""

import asyncio
from pathlib import Path

import pytest

from backend.cli import main
from backend.cpe.genieacs.parameter_map import MAPS
from backend.settings import GenieAcsSettings, load
from tests.e2e.processes import free_port
from tests.integrations.genieacs_nbi import simulated_bench


async def install(tmp_path: Path, url: str, *more: str) -> int:
    """The command, beside the ACS that it asks."""
    config = tmp_path / "terrain.toml"
    config.write_text(f'[genieacs]\nurl = "{url}"\n', "utf-8")
    argv = ["--config", str(config), "cpe", "install-preset", *more]
    return await asyncio.to_thread(main, argv)


async def test_preset_is_installed_once_and_a_dry_run_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with simulated_bench() as bench:
        assert await install(tmp_path, bench.url, "--dry-run") == 0
        assert bench.acs.stored == {"provisions": {}, "presets": {}}
        assert capsys.readouterr().out.splitlines() == [
            "+ provisions terrain-birth",
            "+ presets terrain-birth",
            "Rien n'a été écrit. / Nothing was written.",
        ]

        assert await install(tmp_path, bench.url) == 0
        bench.simulator.asked.clear()
        capsys.readouterr()
        assert await install(tmp_path, bench.url) == 0

        assert capsys.readouterr().out == "Rien à changer. / Nothing to change.\n"
        assert not [each for each in bench.simulator.asked if not each.startswith("GET ")]


async def test_changed_provision_is_put_right_and_the_preset_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with simulated_bench() as bench:
        await install(tmp_path, bench.url)
        bench.acs.stored["provisions"]["terrain-birth"]["script"] = "// nothing"
        capsys.readouterr()

        assert await install(tmp_path, bench.url) == 0

        assert capsys.readouterr().out == "~ provisions terrain-birth\n"
        assert "declare(" in bench.acs.stored["provisions"]["terrain-birth"]["script"]


async def test_provision_reads_all_that_every_map_means(tmp_path: Path) -> None:
    async with simulated_bench() as bench:
        await install(tmp_path, bench.url)

        script = bench.acs.stored["provisions"]["terrain-birth"]["script"]
        preset = bench.acs.stored["presets"]["terrain-birth"]

    assert [name for each in MAPS for name in each.names if f'"{name}"' not in script] == []
    assert preset["events"] == {"0 BOOTSTRAP": True, "1 BOOT": True}
    assert preset["configurations"][0]["name"] == "terrain-birth"


async def test_acs_that_is_away_is_one_line_and_an_exit_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await install(tmp_path, f"http://127.0.0.1:{free_port()}") == 1
    assert capsys.readouterr().out.startswith("GenieACS ne répond pas / GenieACS does not answer")


def test_command_without_an_acs_names_the_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cpe", "install-preset"]) == 1
    assert "genieacs.url : à indiquer / to be set" in capsys.readouterr().err


@pytest.mark.parametrize(
    "url",
    [
        "http://user:secret@127.0.0.1:7557",
        "http://8.8.8.8:7557",
        "http://[2001:4860:4860::8888]:7557",
        "http://999.1.1.1:7557",
        "ftp://127.0.0.1",
        "127.0.0.1:7557",
        "http://acs/devices",
        "http://",
    ],
)
def test_address_that_is_public_or_holds_a_password_is_refused(url: str, tmp_path: Path) -> None:
    config = tmp_path / "terrain.toml"
    config.write_text(f'[genieacs]\nurl = "{url}"\n', "utf-8")

    with pytest.raises(ValueError, match="genieacs") as refused:
        load(str(config))

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:7557", "http://[::1]:7557", "http://10.0.0.7", "http://acs:7557/", ""]
)
def test_address_of_our_own_network_is_taken(url: str) -> None:
    assert GenieAcsSettings(url).url == url
