"""A phone whose browser has lost its database keeps work, shows it, and lets it be carried out."""

from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.visit import Repair, expect_all_filed, outbox_lines
from tests.e2e.world import World

TEXT: Final = "Chien dans la cour."
# As WebKit does once its database process is gone, and as a browser does that waits for a disk.
DEATHS: Final = {
    "fails": "throw new DOMException('Connection to server lost', 'UnknownError')",
    "hangs": "return {}",
}
LOST_NOW: Final = f"""() => {{
  IDBDatabase.prototype.transaction = function () {{ {DEATHS["fails"]} }}
  IDBFactory.prototype.open = function () {{ {DEATHS["fails"]} }}
}}"""
ALARM_MS: Final = 30_000


def lose_database(page: Page, death: str) -> None:
    """No page of this tab reaches a database from its next load on."""
    page.add_init_script(f"IDBFactory.prototype.open = function () {{ {DEATHS[death]} }}")


def exported(page: Page) -> str:
    """The file that the outbox screen saves."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Exporter").click()
    return download.value.path().read_text("utf-8")


@pytest.mark.parametrize("death", DEATHS)
def test_a_note_kept_without_a_database_is_shown_in_the_dark_exported_and_later_filed(
    world: World, death: str
) -> None:
    world.enrol()
    Repair(world.page).open()
    world.page.evaluate(LOST_NOW)
    Repair(world.page).note(TEXT)
    lose_database(world.page, death)
    world.go_dark()

    world.page.goto(f"{world.proxy.url}/t/")
    world.page.get_by_role("link", name="Envois (1)").click(timeout=ALARM_MS)

    expect(outbox_lines(world.page)).to_have_count(1)
    expect(world.page.locator(".strip")).to_contain_text("téléphone")
    assert TEXT in exported(world.page)

    world.go_light()
    world.phone.quit()
    world.phone.start()
    world.open_app()
    expect_all_filed(world.page, 1, within_ms=ALARM_MS)
    assert [each.args["text"] for each in world.sent()] == [TEXT]
