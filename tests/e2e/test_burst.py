"""The photos of a visit in a row by the phone's camera, one tap each; and without one, by file."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.phone import camera
from tests.e2e.processes import wait_for
from tests.e2e.visit import SERIAL, Repair
from tests.e2e.world import Sent, World
from tests.labels import code, held, photo, save_video, sheet

SLOTS = ["before", "fibre_entry", "ont_label"]


def an_installation(world: World) -> None:
    """Under way, its device in place, its photos to be taken."""
    visit = Repair(world.page)
    visit.open(1)
    visit.start()
    visit.type_serial(SERIAL)


def begin_row(page: Page) -> None:
    """By the link of what is missing."""
    page.locator(".missing a", has_text="Photos : 0 de 3").click()


def test_three_taps_are_three_photos_in_their_slots_and_the_row_ends(
    world: World, tmp_path: Path
) -> None:
    label = sheet(code("TPLG5D6E7F80"))
    video = save_video(tmp_path / "label.y4m", [held(label, degrees) for degrees in (25.0, 24.0)])
    world.phone.kill()
    world.phone.start(*camera(video))
    world.enrol()
    world.page.evaluate("location.hash = '#/help'")
    expect(world.page.get_by_text("Prêt hors ligne")).to_be_visible(timeout=20_000)
    an_installation(world)

    begin_row(world.page)
    for number, word in enumerate(("Avant", "Entrée de fibre", "ONT + étiquette"), start=1):
        told = world.page.locator(".live [role=status]")
        expect(told).to_have_text(re.compile(f"{re.escape(word)} · {number} de 3"))
        world.page.get_by_role("button", name="Prendre").click()

    expect(world.page.get_by_text("3 de 3 requises")).to_be_visible()
    wait_for("the photos on the server", lambda: len(shots(world)) == len(SLOTS), 20.0)
    assert [each.args["slot"] for each in shots(world)] == SLOTS
    assert world.phone.errors == []
    assert world.phone.violations == []


def test_a_phone_without_a_camera_says_so_and_takes_each_photo_by_file(world: World) -> None:
    world.enrol()
    an_installation(world)

    begin_row(world.page)
    expect(world.page.locator("main [role=status]")).to_contain_text("Pas de caméra ici")
    for number in range(1, len(SLOTS) + 1):
        expect(world.page.locator("main label.btn")).to_contain_text(f"{number} de 3")
        world.page.locator("main label.btn input").set_input_files(
            {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo(SERIAL)}
        )

    expect(world.page.get_by_text("3 de 3 requises")).to_be_visible()
    wait_for("the photos on the server", lambda: len(shots(world)) == len(SLOTS), 20.0)
    assert [each.args["slot"] for each in shots(world)] == SLOTS


def shots(world: World) -> list[Sent]:
    """The photos that the server has heard of."""
    return [each for each in world.sent() if each.kind == "photo"]
