"""The day's first visit, worked on the phone gesture by gesture, and its document afterwards."""

from datetime import datetime, timedelta
from typing import Final

from playwright.sync_api import Locator, Page, expect

from tests.e2e.world import ZONE, World

NOTE: Final = "Connecteur refait à la prise, « -19 dBm » – tout est beau."
SERIAL: Final = "TPLGA1B2C3D4"
STEPS: Final = (
    "Mesurer le signal optique à la prise",
    "Faire un test de débit avec câble",
)
GESTURES: Final = 7
_FILED_ONCE: Final = ("tech_notes", "equipment", "started_at", "completed_at")


class Repair:
    """The day's first visit, a repair that nobody is billed for, worked on the phone."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def open(self, at: int = 0) -> None:
        """From the day to the visit, or to another of the day; `at` counts them from 0."""
        self._page.evaluate("location.hash = '#/'")
        self._page.locator("article.card a.open").nth(at).click()
        expect(self._page.get_by_role("heading", name="Étapes")).to_be_visible()

    def start(self) -> None:
        """On the way, then there."""
        self._next("En route")
        self._next("Sur place")
        expect(self._page.locator(".chip.on_site")).to_be_visible()

    def note(self, text: str) -> None:
        """Write a note; it is in the list once it is kept."""
        self._page.get_by_label("Nouvelle note").fill(text)
        self._page.get_by_role("button", name="Ajouter la note").click()
        expect(self._page.locator("p.words", has_text=text)).to_be_visible()

    def tick(self, *labels: str) -> None:
        """Tick steps."""
        for label in labels:
            box = self._page.get_by_role("checkbox", name=label)
            box.click()
            expect(box).to_be_checked()

    def expect_all_done(self) -> None:
        """What `work_a_repair` did is on the screen."""
        expect(self._page.locator("p.words", has_text=NOTE)).to_be_visible()
        expect(self._page.locator(".chip.completed")).to_be_visible()
        for label in STEPS:
            expect(self._page.get_by_role("checkbox", name=label)).to_be_checked()
        expect(self._page.locator("b.serial")).to_have_text("TPLG A1B2 C3D4")

    def type_serial(self, serial: str, button: str = "Utiliser") -> None:
        """Type the number of a device that is fitted, or taken back, its end twice."""
        self._page.get_by_role("link", name="Taper").click()
        self._page.get_by_label("Numéro de série").fill(serial)
        self._page.get_by_label("Retape les 4 derniers caractères").fill(serial[-4:].lower())
        self._page.get_by_role("button", name=button).click()
        expect(self._page.get_by_text("Enregistré sur l'appareil")).to_be_visible()
        self._page.get_by_role("link", name="Revenir à la visite").click()

    def photograph(self, photo: bytes) -> None:
        """Choose a photo of a label on the scan screen of a phone without a camera."""
        self._page.get_by_role("link", name="Scanner une étiquette").click()
        expect(self._page.get_by_text("Pas de caméra ici")).to_be_visible()
        self._page.locator("input[type=file]").set_input_files(
            {"name": "label.jpg", "mimeType": "image/jpeg", "buffer": photo}
        )

    def complete(self) -> None:
        """The last step."""
        self._page.get_by_role("button", name="Terminer").click()
        expect(self._page.locator(".foot.ok")).to_be_visible()

    def _next(self, word: str) -> None:
        self._page.locator(".foot button.main", has_text=word).click()


def outbox_lines(page: Page) -> Locator:
    """The rows of the screen "Envois"; goes there."""
    page.evaluate("location.hash = '#/outbox'")
    expect(page.get_by_role("heading", name="Mes envois")).to_be_visible()
    return page.locator("main li.line")


def expect_all_filed(page: Page, count: int, within_ms: float) -> None:
    """Every one of `count` items says "Au dossier"."""
    lines = outbox_lines(page)
    expect(lines.filter(has=page.get_by_text("Au dossier", exact=True))).to_have_count(
        count, timeout=within_ms
    )
    expect(lines).to_have_count(count)


def work_a_repair(world: World) -> None:
    """GESTURES gestures: two steps of the way, a note, two ticks, a device, the end."""
    visit = Repair(world.page)
    visit.open()
    visit.start()
    visit.note(NOTE)
    visit.tick(*STEPS)
    visit.type_serial(SERIAL)
    visit.complete()


def assert_filed_once(world: World, name: str, others: int = 0) -> None:
    """ERPNext's document holds every value of the gestures, each of them written once; `others` are
    gestures elsewhere."""
    document = world.erpnext.document("Dispatch Job", name)
    assert document["status"] == "Completed"
    assert document["tech_notes"].count(NOTE) == 1
    assert [row["item_id"] for row in document["checklist"] if row["done"]] == ["signal", "test"]
    assert [row["serial_number"] for row in document["equipment"]] == [SERIAL]
    _assert_times(document["started_at"], document["completed_at"])
    assert_one_operation_each(world, GESTURES + others)
    changes = [each for each in world.erpnext.effects_on("Dispatch Job") if each.name == name]
    for field in _FILED_ONCE:
        assert sum(field in each.changed for each in changes) == 1, field


def assert_one_operation_each(world: World, count: int) -> None:
    """By ERPNext's own request log: one insert of a Field Operation for each mutation; the server
    has its own for photos that came."""
    sent = [each.id for each in world.sent()]
    assert len(sent) == count
    operations = world.erpnext.effects_on("Field Operation")
    assert {each.action for each in operations} == {"insert"}
    own = [each.name for each in operations if each.name in sent]
    assert sorted(own) == sorted(sent)


def _assert_times(started_at: str, completed_at: str) -> None:
    started, completed = (
        datetime.fromisoformat(each).replace(tzinfo=ZONE) for each in (started_at, completed_at)
    )
    assert timedelta(0) <= completed - started < timedelta(minutes=5)
    assert timedelta(0) <= datetime.now(ZONE) - completed < timedelta(minutes=10)
