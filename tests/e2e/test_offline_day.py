"""A visit worked where there is no signal arrives whole, whatever happens to the browser."""

from datetime import datetime, timedelta

from playwright.sync_api import expect

from tests.e2e.processes import wait_for
from tests.e2e.proxy import Signal
from tests.e2e.world import STEPS_OF_A_REPAIR, ZONE, Repair, World, expect_all_filed, outbox_lines

NOTE = "Connecteur refait à la prise, « -19 dBm » – tout est beau."
SERIAL = "TPLGA1B2C3D4"


def test_a_visit_worked_in_the_dark_survives_a_kill_and_is_filed_within_10_s(world: World) -> None:
    world.enrol()
    world.phone.wait_for_cookie()
    job = world.job()
    other = world.job("14:00:00")
    go_dark(world)
    carried, heard = len(world.proxy.exchanges), world.heard()

    work_a_repair(world)
    world.phone.kill()
    world.phone.start()
    world.open_app()

    expect(world.page.locator(".strip")).to_contain_text("7 envois sur l'appareil")
    expect(outbox_lines(world.page)).to_have_count(7)
    Repair(world.page).open()
    expect(world.page.locator("p.words", has_text=NOTE)).to_be_visible()
    expect(world.page.locator(".chip.completed")).to_be_visible()
    assert len(world.proxy.exchanges) == carried
    assert world.heard() == heard
    assert world.sent() == []

    world.erpnext.edit_as_office("Dispatch Job", other["name"], scheduled_start="15:30:00")
    go_light(world)
    expect_all_filed(world.page, 7, within_ms=10_000)
    expect(world.page.locator(".strip")).to_contain_text("Tout est envoyé")
    assert_filed(world, job["name"])

    world.page.evaluate("location.hash = '#/'")
    card = world.page.locator("article.card", has_text="Horaire changé par le bureau")
    expect(card).to_contain_text("14 h → 15 h 30")
    assert world.phone.errors == []


def go_dark(world: World) -> None:
    """The dead zone; the phone's own sign of it comes too."""
    world.proxy.set(Signal.DARK)
    world.phone.context.set_offline(True)


def go_light(world: World) -> None:
    """There is signal again."""
    world.proxy.set(Signal.PASS)
    world.phone.context.set_offline(False)


def work_a_repair(world: World) -> None:
    """Seven gestures."""
    visit = Repair(world.page)
    visit.open()
    visit.start()
    visit.note(NOTE)
    visit.tick(*STEPS_OF_A_REPAIR)
    visit.type_serial(SERIAL)
    visit.complete()


def assert_filed(world: World, name: str) -> None:
    """ERPNext's document holds every value of the seven gestures, each of them once."""
    document = world.erpnext.document("Dispatch Job", name)
    assert document["status"] == "Completed"
    assert document["tech_notes"].count(NOTE) == 1
    assert [row["item_id"] for row in document["checklist"] if row["done"]] == ["signal", "test"]
    assert [row["serial_number"] for row in document["equipment"]] == [SERIAL]
    started, completed = (
        datetime.fromisoformat(document[each]).replace(tzinfo=ZONE)
        for each in ("started_at", "completed_at")
    )
    assert timedelta(0) <= completed - started < timedelta(minutes=5)
    assert datetime.now(ZONE) - completed < timedelta(minutes=5)
    assert_one_effect_each(world, name)


def assert_one_effect_each(world: World, name: str) -> None:
    """By ERPNext's own log: one Field Operation a mutation, each value changed once."""
    operations = [each.name for each in world.erpnext.effects_on("Field Operation")]
    sent = [each.id for each in world.sent()]
    assert len(sent) == 7
    assert sorted(operations) == sorted(sent)
    changes = [each for each in world.erpnext.effects_on("Dispatch Job") if each.name == name]
    for field in ("tech_notes", "equipment", "started_at", "completed_at"):
        assert sum(field in each.changed for each in changes) == 1, field


def test_work_is_filed_though_the_browser_never_says_online(world: World) -> None:
    world.enrol()
    world.proxy.set(Signal.DARK)
    work_a_repair(world)
    expect(world.page.locator(".strip")).to_contain_text("7 envois sur l'appareil")
    wait_for("the first silence", lambda: "Hors ligne" in world.page.inner_text(".strip"), 20.0)

    world.proxy.set(Signal.PASS)

    expect_all_filed(world.page, 7, within_ms=20_000)
