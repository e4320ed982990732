"""Days on which the network, the storage, the camera or the phone itself let a technician down."""

from contextlib import ExitStack
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, Playwright, expect

from tests.e2e.phone import Phone
from tests.e2e.proxy import POOR
from tests.e2e.truth import assert_shown_was_true
from tests.e2e.visit import (
    GESTURES,
    STEPS,
    Repair,
    assert_filed_once,
    assert_one_operation_each,
    expect_all_filed,
    outbox_lines,
    work_a_repair,
)
from tests.e2e.world import World
from tests.labels import photo

# Every second exchange is lost, and the phone's pauses grow to 45 s.
LOSSY_MS: Final = 240_000
FILED_MS: Final = 20_000
# What a browser without room says, until the page is opened again.
FULL: Final = """() => {
  const refuse = () => { throw new DOMException('no room', 'QuotaExceededError') }
  IDBObjectStore.prototype.put = IDBObjectStore.prototype.add = refuse
  Storage.prototype.setItem = refuse
}"""

CLOCK: Final = """ms => {
  Date.now = () => Math.floor(performance.timeOrigin + performance.now() + ms)
}"""


def test_a_day_on_a_bad_link_with_hours_of_darkness_ends_whole_and_filed_once(world: World) -> None:
    world.enrol()
    world.phone.wait_for_disk()
    job = world.job()
    world.proxy.shape, world.proxy.loss = POOR, 0.5
    Repair(world.page).open(1)
    _photograph(world.page)

    world.go_dark()
    work_a_repair(world)
    world.phone.kill()
    world.phone.start()
    world.open_app()
    world.go_light()

    expect_all_filed(world.page, GESTURES + 1, LOSSY_MS)
    assert len(world.rows("SELECT 1 FROM blob WHERE complete_at IS NOT NULL")) == 1
    assert_filed_once(world, job["name"], others=1)
    assert_shown_was_true(world)
    assert world.phone.errors == []


def test_a_full_phone_says_so_keeps_what_it_has_and_goes_on_once_there_is_room(
    world: World,
) -> None:
    world.enrol()
    visit = Repair(world.page)
    visit.open()
    world.go_dark()
    visit.note("Avant que la mémoire soit pleine.")
    world.page.evaluate(FULL)

    _photograph(world.page)

    alarm = world.page.get_by_role("alert").first
    expect(alarm).to_contain_text("la mémoire du téléphone refuse", timeout=FILED_MS)
    expect(outbox_lines(world.page)).to_have_count(1)
    world.open_app()
    world.go_light()
    expect_all_filed(world.page, 1, FILED_MS)
    assert_one_operation_each(world, 1)


def test_a_camera_that_is_refused_leaves_the_photo_and_the_keyboard(world: World) -> None:
    world.phone.quit()
    world.phone.start("--use-fake-device-for-media-stream", "--deny-permission-prompts")
    world.enrol()
    visit = Repair(world.page)
    visit.open()
    visit.start()

    world.page.get_by_role("link", name="Scanner une étiquette").click()

    expect(world.page.get_by_text("La caméra est refusée à Terrain")).to_be_visible()
    world.page.evaluate("history.back()")
    visit.type_serial("TPLGA1B2C3D4")
    expect_all_filed(world.page, 3, FILED_MS)


def test_a_clock_that_jumps_days_about_changes_no_order_and_is_told(world: World) -> None:
    world.enrol()
    job = world.job()
    visit = Repair(world.page)
    visit.open()
    world.go_dark()
    _set_clock(world.page, 3)
    visit.note("Trois jours trop tard.")
    visit.start()
    _set_clock(world.page, -3)
    visit.tick(*STEPS)
    visit.complete()

    world.go_light()

    # What was shown has the instants of a clock that jumped: they say nothing of what was when.
    expect_all_filed(world.page, 1 + 2 + len(STEPS) + 1, FILED_MS)
    expect(world.page.get_by_role("alert")).to_contain_text("L'heure du téléphone est fausse")
    sent = world.sent()
    assert [each.seq for each in sent] == sorted(each.seq for each in sent)
    assert [each.outcome for each in sent] == ["applied"] * len(sent)
    assert [each.kind for each in sent] == ["note", *["status"] * 2, *["check"] * 2, "status"]
    assert_one_operation_each(world, len(sent))
    assert world.erpnext.document("Dispatch Job", job["name"])["status"] == "Completed"
    assert world.phone.errors == []


def test_a_phone_replaced_at_noon_and_the_new_one_both_bring_their_work(
    world: World, playwright_driver: Playwright, tmp_path: Path
) -> None:
    world.enrol()
    job = world.job()
    _write(world.page, "Du matin, envoyée.")
    expect_all_filed(world.page, 1, FILED_MS)
    world.phone.context.set_offline(True)
    _write(world.page, "Du matin, restée sur l'ancien.")

    with ExitStack() as ends:
        (tmp_path / "fresh").mkdir()
        fresh = Phone(playwright_driver, tmp_path / "fresh")
        ends.callback(fresh.close)
        fresh.start()
        noon = world._replace(phone=fresh)
        noon.enrol()
        _write(noon.page, "De l'après-midi.")
        expect_all_filed(noon.page, 1, FILED_MS)
        world.phone.context.set_offline(False)

        expect_all_filed(world.page, 2, FILED_MS)
        Repair(noon.page).open()
        expect(noon.page.locator("p.words", has_text="restée sur l'ancien")).to_be_visible()
        assert fresh.errors == []
    assert len(_notes(world, job["name"]).splitlines()) == 3
    assert_one_operation_each(world, 3)


def _set_clock(page: Page, days: int) -> None:
    """The phone's clock is so many days off from now on, as long as the page lives."""
    page.evaluate(CLOCK, days * 86_400_000)


def _write(page: Page, text: str) -> None:
    Repair(page).open()
    Repair(page).note(text)


def _photograph(page: Page) -> None:
    page.locator("input[type=file]").first.set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo("TPLGA1B2C3D4")}
    )


def _notes(world: World, name: str) -> str:
    return str(world.erpnext.document("Dispatch Job", name).get("tech_notes") or "")
