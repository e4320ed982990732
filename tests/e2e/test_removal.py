"""A removal: what is scanned or typed there goes back to the company."""

from playwright.sync_api import expect

from tests.e2e.processes import wait_for
from tests.e2e.visit import SERIAL, Repair, outbox_lines
from tests.e2e.world import World

REMOVAL = 6


def test_a_serial_typed_on_a_removal_is_taken_back(world: World) -> None:
    world.enrol()
    page = world.page
    visit = Repair(page)
    visit.open(at=REMOVAL)

    visit.type_serial(SERIAL, button="Reprendre")

    expect(page.locator("li.line", has=page.locator("b.serial"))).to_contain_text("repris")
    wait_for("the report on the server", world.sent, 20.0)
    assert world.sent()[0].args["action"] == "remove"
    expect(outbox_lines(page)).to_contain_text("Équipement TPLG A1B2 C3D4 repris")
