"""A label held before the phone's camera is in the visit, without signal and without a photo."""

from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.phone import camera
from tests.e2e.processes import wait_for
from tests.e2e.visit import Repair, expect_all_filed
from tests.e2e.world import World
from tests.labels import code, held, save_video, sheet

SERIAL = "TPLG5D6E7F80"
OTHER = "2215B8K003412"
ASKEW = (25.0, 24.0, 26.0, 25.0)


def label_before_camera(world: World, folder: Path, *texts: str) -> None:
    """The phone's camera sees a label with these codes from now on, held askew."""
    label = sheet(*(code(text) for text in texts))
    video = save_video(folder / "label.y4m", [held(label, angle) for angle in ASKEW])
    world.phone.kill()
    world.phone.start(*camera(video))


def wait_for_reader(world: World) -> None:
    """Until the phone says that it can read labels without signal."""
    world.page.evaluate("location.hash = '#/help'")
    expect(world.page.get_by_text("Prêt hors ligne")).to_be_visible(timeout=20_000)


def test_a_label_before_the_camera_in_the_dark_is_in_the_visit_and_is_filed(
    world: World, tmp_path: Path
) -> None:
    label_before_camera(world, tmp_path, SERIAL, "10:39:4E:B5:DA:90")
    world.enrol()
    job = world.job()
    wait_for_reader(world)
    world.go_dark()
    Repair(world.page).open()

    world.page.get_by_role("link", name="Scanner une étiquette").click()
    expect(world.page.locator(".serial.big")).to_have_text("TPLG 5D6E 7F80", timeout=20_000)
    world.page.get_by_role("button", name="Utiliser").click()
    world.page.get_by_role("link", name="Revenir à la visite").click()
    expect(world.page.locator("b.serial")).to_have_text("TPLG 5D6E 7F80")

    world.go_light()
    expect_all_filed(world.page, 1, within_ms=20_000)
    rows = wait_for(
        "the device in ERPNext",
        lambda: world.erpnext.document("Dispatch Job", job["name"])["equipment"],
        15.0,
    )
    assert [row["serial_number"] for row in rows] == [SERIAL]
    assert [each.args["source"] for each in world.sent() if each.kind == "equipment"] == ["barcode"]
    assert world.phone.errors == []
    assert world.phone.violations == []


def test_between_two_serials_before_the_camera_the_technician_chooses(
    world: World, tmp_path: Path
) -> None:
    label_before_camera(world, tmp_path, SERIAL, OTHER)
    world.enrol()
    wait_for_reader(world)
    Repair(world.page).open()

    world.page.get_by_role("link", name="Scanner une étiquette").click()

    expect(world.page.get_by_role("radio")).to_have_count(2, timeout=20_000)
    expect(world.page.get_by_role("button", name="Utiliser")).to_be_disabled()
    world.page.get_by_role("radio").nth(1).check()
    world.page.get_by_role("button", name="Utiliser").click()
    expect(world.page.get_by_text("Enregistré sur l'appareil")).to_be_visible()
