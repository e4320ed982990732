"""On the way the customer is told, and what is used is counted; both reach where they belong."""

from typing import Any, Final

from playwright.sync_api import expect

from tests.e2e.processes import wait_for
from tests.e2e.visit import Repair
from tests.e2e.world import World

# A browser without a telephone would go on waiting for another application.
_NO_MESSAGES: Final = (
    "addEventListener('click', (e) => e.target.closest('a[href^=sms]') && e.preventDefault())"
)


def rows(world: World, name: str) -> list[tuple[Any, ...]]:
    """The counted lines that ERPNext has of a visit."""
    table = world.erpnext.document("Dispatch Job", name).get("terrain_materials") or ()
    return [(row["material"], row["qty"], row["used_by"]) for row in table]


def test_a_customer_is_told_once_with_the_minutes_even_in_the_dark(world: World) -> None:
    world.enrol()
    visit = Repair(world.page)
    visit.open()
    world.page.locator(".foot button.main", has_text="En route").click()
    expect(world.page.get_by_role("heading", name="Prévenir le client")).to_be_visible()
    world.go_dark()
    world.page.evaluate(_NO_MESSAGES)

    world.page.get_by_role("button", name="20 min").click()
    text = world.page.get_by_role("link", name="Écrire que tu t'en viens")
    assert "Arriv%C3%A9e%20pr%C3%A9vue" in str(text.get_attribute("href"))
    text.click()
    expect(world.page.get_by_text("Prévenu à")).to_be_visible()

    world.go_light()
    wait_for("the notice", lambda: [e for e in world.sent() if e.kind == "notice"], 20.0)
    told = [each for each in world.sent() if each.kind == "notice"]
    assert [each.args for each in told] == [{"via": "phone", "minutes": 20}]
    assert world.phone.violations == []


def test_materials_are_counted_up_and_taken_back_and_erpnext_has_what_is_left(
    world: World,
) -> None:
    world.enrol()
    job = world.job()
    page = world.page
    Repair(page).open()

    page.get_by_text("Ajouter du matériel").click()
    page.get_by_role("button", name="Connecteur", exact=True).click()
    page.get_by_role("button", name="Connecteur", exact=True).click()
    expect(page.get_by_text("2 × Connecteur")).to_be_visible()
    page.get_by_role("button", name="Jarretière", exact=True).click()
    expect(page.get_by_text("1 × Jarretière")).to_be_visible()
    page.get_by_role("button", name="Un de moins : Jarretière").click()
    expect(page.get_by_text("1 × Jarretière")).to_have_count(0)

    left = [("Connecteur", 2, "Marc Tremblay")]
    wait_for("the materials in ERPNext", lambda: rows(world, job["name"]) == left, 25.0)
    assert world.phone.errors == []
