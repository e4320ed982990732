"""What a hurried technician does: a screen left in the middle of a note."""

from playwright.sync_api import expect

from tests.e2e.visit import NOTE, Repair, outbox_lines
from tests.e2e.world import World


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
