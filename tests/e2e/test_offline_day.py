"""A visit worked where there is no signal arrives whole, whatever happens to the browser."""

from playwright.sync_api import expect

from tests.e2e.phone import NO_WEBASSEMBLY
from tests.e2e.processes import wait_for
from tests.e2e.proxy import SYNC, Signal
from tests.e2e.truth import assert_shown_was_true
from tests.e2e.visit import (
    GESTURES,
    Repair,
    assert_filed_once,
    expect_all_filed,
    outbox_lines,
    work_a_repair,
)
from tests.e2e.world import World
from tests.labels import photo

LEFT = f"{GESTURES} envois sur l'appareil"


def test_a_visit_worked_in_the_dark_survives_a_kill_and_is_filed_within_10_s(world: World) -> None:
    world.enrol()
    world.phone.wait_for_disk()
    job, other = world.job(), world.job("14:00:00")
    world.go_dark()
    carried, heard = len(world.proxy.exchanges), world.heard()

    work_a_repair(world)
    world.phone.kill()
    world.phone.start()
    world.open_app()

    # The new process is not told that it is offline: it tries, and learns it by the silence.
    expect(world.page.locator(".strip")).to_contain_text(f"Hors ligne · {LEFT}", timeout=20_000)
    expect(outbox_lines(world.page)).to_have_count(GESTURES)
    visit = Repair(world.page)
    visit.open()
    visit.expect_all_done()
    assert len(world.proxy.exchanges) == carried
    assert world.heard() == heard
    assert world.sent() == []

    world.erpnext.edit_as_office("Dispatch Job", other["name"], scheduled_start="15:30:00")
    world.go_light()
    expect_all_filed(world.page, GESTURES, within_ms=10_000)
    expect(world.page.locator(".strip")).to_contain_text("Tout est envoyé")
    assert_filed_once(world, job["name"])
    assert_shown_was_true(world)

    world.page.evaluate("location.hash = '#/'")
    card = world.page.locator("article.card", has_text="Horaire changé par le bureau")
    expect(card).to_contain_text("14 h → 15 h 30")
    assert world.phone.errors == []


def test_work_is_filed_though_the_browser_never_says_online(world: World) -> None:
    world.enrol()
    job = world.job()
    world.proxy.set(Signal.DARK)
    work_a_repair(world)
    strip = world.page.locator(".strip")
    expect(strip).to_contain_text(f"Hors ligne · {LEFT}", timeout=20_000)

    world.proxy.set(Signal.LIGHT)

    expect_all_filed(world.page, GESTURES, within_ms=20_000)
    assert_filed_once(world, job["name"])
    assert_shown_was_true(world)


def test_without_network_both_languages_and_a_check_that_was_asked_for_are_there(
    world: World,
) -> None:
    world.enrol()
    world.page.get_by_role("link", name="EN", exact=True).click()
    expect(world.page.get_by_role("link", name="Outbox")).to_be_visible()
    world.go_dark()
    world.page.locator("article.card a.open").first.click()
    world.page.get_by_label("New note").fill("Nobody home, rang twice.")
    world.page.get_by_role("button", name="Add the note").click()
    expect(world.page.locator("p.words")).to_have_text("Nobody home, rang twice.")
    world.page.get_by_role("link", name="Check the line").click()
    world.page.get_by_role("button", name="Check the line").click()
    expect(world.page.locator(".verdict")).to_have_text("Requested")
    visit = world.page.evaluate("location.hash")
    carried = len(world.proxy.asked())

    world.phone.quit()
    world.phone.start()
    world.open_app()

    expect(world.page.locator("html")).to_have_attribute("lang", "en-CA")
    expect(world.page.get_by_role("link", name="Outbox (2)")).to_be_visible()
    expect(world.page.locator(".strip")).to_contain_text("2 ")
    world.page.evaluate(f"location.hash = '{visit}'")
    expect(world.page.locator("main")).to_contain_text("checked once there is signal again")
    world.page.get_by_role("link", name="FR", exact=True).click()
    expect(world.page.get_by_role("link", name="Envois (2)")).to_be_visible()
    expect(world.page.locator("main")).to_contain_text("au retour du réseau")
    world.page.get_by_role("link", name="EN", exact=True).click()
    world.page.get_by_role("link", name="Help").click()
    ready = world.page.locator("dl > div", has_text="Line check")
    expect(ready).to_contain_text("Ready offline")
    world.page.evaluate(f"location.hash = '{visit}'")
    assert len(world.proxy.asked()) == carried

    world.go_light()
    # No source is set up in this world: nothing can be found to be good.
    expect(world.page.locator(".verdict")).to_have_text("Not verified", timeout=20_000)
    assert [each.kind for each in world.sent()] == ["note", "verify"]
    assert world.phone.errors == []


def test_a_label_photographed_in_the_dark_becomes_a_typed_line_with_signal(world: World) -> None:
    world.phone.kill()
    world.phone.start(NO_WEBASSEMBLY)
    world.enrol()
    job = world.job()
    world.go_dark()
    visit = Repair(world.page)
    visit.open()
    visit.photograph(photo("TPLG5D6E7F80"))
    expect(world.page.get_by_role("heading", name="Photo gardée")).to_be_visible()
    world.page.get_by_role("link", name="Revenir à la visite").click()
    expect(world.page.get_by_text("à confirmer")).to_be_visible()

    world.go_light()
    expect(world.page.locator("b.serial")).to_have_text("TPLG 5D6E 7F80", timeout=20_000)

    expect_all_filed(world.page, 1, within_ms=15_000)
    rows = wait_for(
        "the device in ERPNext",
        lambda: world.erpnext.document("Dispatch Job", job["name"])["equipment"],
        15.0,
    )
    assert [(row["serial_number"], row["action"]) for row in rows] == [("TPLG5D6E7F80", "Install")]
    assert world.phone.errors == []


def test_a_label_that_the_phone_cannot_read_is_read_by_the_server_and_offered(world: World) -> None:
    world.phone.kill()
    world.phone.start(NO_WEBASSEMBLY)
    world.enrol()
    job = world.job()
    visit = Repair(world.page)
    visit.open()

    visit.photograph(photo("TPLG5D6E7F80"))

    expect(world.page.get_by_text("Code lu sur l'étiquette")).to_be_visible(timeout=15_000)
    expect(world.page.locator(".serial.big")).to_have_text("TPLG 5D6E 7F80")
    world.page.get_by_role("button", name="Utiliser").click()
    expect_all_filed(world.page, 1, within_ms=15_000)
    [row] = world.erpnext.document("Dispatch Job", job["name"])["equipment"]
    assert (row["serial_number"], row["action"]) == ("TPLG5D6E7F80", "Install")
    assert len(world.proxy.asked("POST /vision/barcodes")) == 1
    assert world.proxy.asked(SYNC)
