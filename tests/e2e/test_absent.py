"""A customer who does not open: tried, photographed, ended and to be rebooked, in six taps."""

from typing import Final

from playwright.sync_api import expect

from tests.e2e.processes import wait_for
from tests.e2e.visit import SERIAL, Repair
from tests.e2e.world import World
from tests.labels import photo

MOST_TAPS: Final = 6
GESTURES: Final = ["attempt", "attempt", "photo", "attempt", "status", "request"]
_NO_DIALLER: Final = "addEventListener('click', (e) => e.target.closest('a') && e.preventDefault())"
_COUNT: Final = """
window.taps = 0
addEventListener('pointerdown', () => { window.taps += 1 }, true)
"""


def test_an_absent_customer_takes_six_taps(world: World) -> None:
    world.enrol()
    page = world.page
    visit = Repair(page)
    visit.open()
    visit.start()
    page.evaluate(_COUNT)

    page.get_by_role("button", name="Autres choix").click()
    page.get_by_role("button", name="Client absent").click()
    # A browser without a telephone would go on waiting for another application.
    page.evaluate(_NO_DIALLER)
    page.get_by_role("link", name="Appeler").click()
    page.get_by_role("link", name="Texto").click()
    door = page.locator("label", has_text="Photo de la porte").locator("input")
    door.set_input_files({"name": "door.jpg", "mimeType": "image/jpeg", "buffer": photo(SERIAL)})
    expect(page.locator("li.line")).to_have_count(3)
    page.get_by_role("button", name="Client absent").click()

    expect(page.locator(".chip.not_completed")).to_be_visible()
    # The one that opens the camera is made by the driver, not by a pointer.
    assert page.evaluate("window.taps") + 1 <= MOST_TAPS
    wait_for("the gestures on the server", lambda: len(world.sent()) == 8, 20.0)
    assert [each.kind for each in world.sent()][2:] == GESTURES
    assert {each.outcome for each in world.sent()} == {"applied"}
