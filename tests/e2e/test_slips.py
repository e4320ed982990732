"""What a hurried technician does: two taps for one, and a screen left in the middle of a note."""

from playwright.sync_api import expect

from tests.e2e.visit import NOTE, Repair, outbox_lines
from tests.e2e.world import World


def test_two_fast_taps_are_one_step(world: World) -> None:
    world.enrol()
    visit = Repair(world.page)
    visit.open()
    world.page.locator(".foot button.main").dblclick()

    expect(world.page.locator(".chip.en_route")).to_be_visible()
    expect(world.page.locator(".foot .main:not([aria-disabled=true])")).to_have_text("Sur place")
    expect(outbox_lines(world.page)).to_have_count(1)
    visit.open()
    world.page.locator(".foot button.main").dblclick()
    expect(world.page.locator(".chip.on_site")).to_be_visible()
    expect(outbox_lines(world.page)).to_have_count(2)


def test_a_note_being_written_outlives_its_screen_and_the_page_until_it_is_kept(
    world: World,
) -> None:
    world.enrol()
    page = world.page
    field = page.get_by_label("Nouvelle note")
    visit = Repair(page)
    visit.open()
    field.fill(NOTE)

    outbox_lines(page)
    visit.open(at=1)
    expect(field).to_have_value("")
    world.open_app()
    visit.open()
    expect(field).to_have_value(NOTE)

    page.get_by_role("button", name="Ajouter la note").click()
    expect(field).to_have_value("")
    world.open_app()
    visit.open()
    expect(field).to_have_value("")
    expect(page.locator("p.words", has_text=NOTE)).to_be_visible()
