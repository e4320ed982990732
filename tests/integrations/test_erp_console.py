"""`terrain erp install` and `terrain erp check` as an operator types them."""

import asyncio
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.cli import main
from backend.simulators.erpnext import PROVISION_USER
from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]
USER = "terrain@example.test"


def configure(tmp_path: Path, there: SimulatedSite) -> list[str]:
    """A configuration that names the site and files that are not there yet."""
    config = tmp_path / "terrain.toml"
    config.write_text(
        'public_url = "https://terrain.example.ca"\n[erpnext]\n'
        f'url = "{there.base_url}"\ntoken_file = "{tmp_path / "token"}"\n'
        f'webhook_secret_file = "{tmp_path / "webhooks"}"\n',
        "utf-8",
    )
    (tmp_path / "admin").write_text(there.site.user_token(PROVISION_USER), "utf-8")
    return ["--config", str(config), "erp"]


async def terrain(*argv: str) -> int:
    """The command, beside the site that it asks."""
    return await asyncio.to_thread(main, argv)


async def test_an_installed_site_passes_the_check_with_the_key_that_was_made(
    simulated_on_loopback: SimulatedSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = simulated_on_loopback
    there.clock.instant = datetime.now(UTC)
    erp = configure(tmp_path, there)
    as_admin = ("install", "--user", USER, "--admin-token-file", str(tmp_path / "admin"))

    assert await terrain(*erp, *as_admin, "--dry-run") == 0
    assert not (tmp_path / "token").exists()
    assert await terrain(*erp, *as_admin) == 0
    installed = capsys.readouterr().out
    assert await terrain(*erp, "check") == 0
    assert f"service user : {USER}" in capsys.readouterr().out

    secret = (tmp_path / "webhooks").read_text("utf-8")
    hooks = there.site.database.rows("Webhook")
    assert {row["webhook_secret"] for row in hooks} == {secret}
    assert (tmp_path / "token").read_text("utf-8") == there.site.user_token(USER)
    for name in ("token", "webhooks"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
        assert (tmp_path / name).read_text("utf-8").rpartition(":")[2] not in installed

    there.site.log.clear()
    assert await terrain(*erp, *as_admin) == 0
    assert {entry.method for entry in there.site.log.entries()} == {"GET"}
    assert capsys.readouterr().out == "Rien à changer. / Nothing to change.\n"


async def test_the_provisioning_token_may_come_by_the_environment(
    simulated_on_loopback: SimulatedSite,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = simulated_on_loopback
    erp = configure(tmp_path, there)
    monkeypatch.setenv("TERRAIN_ERPNEXT_ADMIN_TOKEN", there.site.user_token(PROVISION_USER))

    assert await terrain(*erp, "install", "--user", USER, "--dry-run") == 0

    assert "+ Role Terrain" in capsys.readouterr().out
    assert not (tmp_path / "token").exists()


async def test_after_a_cut_the_secret_of_the_webhooks_is_made_anew(
    simulated_on_loopback: SimulatedSite, tmp_path: Path
) -> None:
    there = simulated_on_loopback
    erp = configure(tmp_path, there)
    as_admin = ("install", "--user", USER, "--admin-token-file", str(tmp_path / "admin"))
    await terrain(*erp, *as_admin)
    (tmp_path / "webhooks").unlink()

    assert await terrain(*erp, *as_admin) == 0

    secret = (tmp_path / "webhooks").read_text("utf-8")
    assert {row["webhook_secret"] for row in there.site.database.rows("Webhook")} == {secret}


async def test_without_a_place_for_the_key_nothing_is_written(
    simulated_on_loopback: SimulatedSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = simulated_on_loopback
    erp = configure(tmp_path, there)
    config = tmp_path / "terrain.toml"
    config.write_text(config.read_text("utf-8").replace("/token", "/nowhere/token"), "utf-8")
    as_admin = ("install", "--user", USER, "--admin-token-file", str(tmp_path / "admin"))

    assert await terrain(*erp, *as_admin) == 1

    assert "nowhere/token" in capsys.readouterr().err
    assert there.site.log.entries() == [
        entry for entry in there.site.log.entries() if entry.method == "GET"
    ]


async def test_administrator_is_not_made_the_service_user(
    simulated_on_loopback: SimulatedSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = simulated_on_loopback
    before = len(there.site.log.entries())
    erp = configure(tmp_path, there)
    admin = ("--admin-token-file", str(tmp_path / "admin"))

    assert await terrain(*erp, "install", "--user", "Administrator", *admin) == 1

    assert "a user of its own" in capsys.readouterr().err
    assert len(there.site.log.entries()) == before
