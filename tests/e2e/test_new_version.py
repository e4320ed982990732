"""The office serves a newer app while a phone holds work."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Final

from playwright.sync_api import expect

from tests.e2e.built_app import BUILD_S, PWA
from tests.e2e.truth import assert_shown_was_true
from tests.e2e.visit import Repair, assert_one_operation_each, expect_all_filed, outbox_lines
from tests.e2e.world import World

NEWER: Final = "99.0.0"
FILED_MS: Final = 20_000
_SYNC: Final = "**/api/sync"
_SOURCES: Final = ("src", "build", "public", "vite.config.ts", "tsconfig.json")


def test_a_new_version_of_the_app_waits_for_the_queue_and_loses_none_of_it(
    world: World, tmp_path: Path
) -> None:
    world.enrol()
    world.go_dark()
    Repair(world.page).open()
    Repair(world.page).note("D'avant la mise à jour.")
    world.server.stop()
    world.server.serve_app(_newer_app(tmp_path / "pwa"))
    world.server.start()
    world.page.route(_SYNC, lambda route: route.abort())
    world.go_light()

    world.open_app()
    world.page.wait_for_function("navigator.serviceWorker.ready.then(it => Boolean(it.waiting))")

    offer = world.page.get_by_text("Nouvelle version prête")
    expect(outbox_lines(world.page)).to_have_count(1)
    expect(offer).to_have_count(0)
    world.page.unroute(_SYNC)
    world.page.get_by_role("button", name="Envoyer maintenant").click()
    expect_all_filed(world.page, 1, FILED_MS)
    expect(offer).to_be_visible()
    assert _app_of(world) != NEWER

    with world.page.expect_event("load"):
        world.page.get_by_role("button", name="Mettre à jour").click()
    expect(world.page.get_by_role("heading", name="Mes envois")).to_be_visible()
    expect(offer).to_have_count(0)
    Repair(world.page).open()
    Repair(world.page).start()

    expect_all_filed(world.page, 3, FILED_MS)
    assert _app_of(world) == NEWER
    assert_one_operation_each(world, 3)
    assert_shown_was_true(world)
    assert world.phone.errors == []


def _newer_app(folder: Path) -> Path:
    """The same sources built as another version: what a release changes for a phone."""
    folder.mkdir()
    for name in _SOURCES:
        source = PWA / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    (folder / "node_modules").symlink_to(PWA / "node_modules")
    package = json.loads((PWA / "package.json").read_text("utf-8")) | {"version": NEWER}
    (folder / "package.json").write_text(json.dumps(package), "utf-8")
    npm = shutil.which("npm")
    assert npm is not None
    command = [npm, "--prefix", str(folder), "run", "build"]
    subprocess.run(command, cwd=folder, check=True, timeout=BUILD_S)  # noqa: S603
    return folder / "dist"


def _app_of(world: World) -> str:
    """The version that the phone said it runs when it came last."""
    return str(world.rows("SELECT app FROM device")[0][0])
