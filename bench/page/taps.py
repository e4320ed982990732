"""How many taps a visit takes and how fast each is answered, by the events of the page itself."""

from typing import Final, NamedTuple

from playwright.sync_api import FilePayload, Locator, Page, expect

from bench.page.served import SERIAL, Served, offers, open_ready, slow_down
from tests.labels import photo as label_photo

# Every finger that comes down is one tap; what the keyboard or a script does is none.
_WATCH: Final = """
window.taps = 0
window.answers = new Map()
addEventListener('pointerdown', (event) => { if (event.isTrusted) window.taps += 1 }, true)
new PerformanceObserver((list) => {
  for (const { interactionId, duration } of list.getEntries())
    if (interactionId)
      window.answers.set(interactionId, Math.max(duration, window.answers.get(interactionId) ?? 0))
}).observe({ type: 'event', durationThreshold: 16, buffered: true })
"""
_OLD_SERIAL: Final = "TPLGA1B2C3D4"
_PHOTOS: Final = 3
# A browser without a telephone would go on waiting for another application.
_NO_DIALLER: Final = "addEventListener('click', (e) => e.target.closest('a') && e.preventDefault())"
_SLOWEST: Final = "Math.max(0, ...window.answers.values())"


class Worked(NamedTuple):
    """One visit as it was worked: its taps, and its interaction to next paint (ms): the slowest,
    as web.dev/articles/inp defines it below 50 interactions."""

    taps: int
    inp_ms: float


def install(served: Served) -> Worked:
    """A standard installation from the day to its end, with its check, without photos; the
    phone's processor, no delay of the network."""
    with served.phone() as context:
        page = context.new_page()
        page.add_init_script(_WATCH)
        open_ready(page, served.app)
        slow_down(page)
        page.evaluate("window.taps = 0; window.answers.clear()")
        _fit(page)
        _next(page, "Terminer")
        expect(page.locator(".foot.ok")).to_be_visible()
        # What is painted last is told to the observer a moment later.
        page.evaluate("new Promise((done) => setTimeout(done, 500))")
        return Worked(page.evaluate("window.taps"), page.evaluate(_SLOWEST))


def install_full(served: Served) -> int | None:
    """The same with three photos by the camera and the customer's signature, in a day where nobody
    fitted that device yet. None while the app has no such way."""
    with served.phone() as context:
        page = context.new_page()
        page.add_init_script(_WATCH)
        open_ready(page, served.app)
        page.evaluate("window.taps = 0")
        _fit(page)
        way = page.locator(".missing a", has_text="Photos")
        if not offers(way):
            return None
        _tap(way)
        for number in range(1, _PHOTOS + 1):
            expect(page.locator(".live [role=status]")).to_contain_text(f"{number} de {_PHOTOS}")
            _tap(page.get_by_role("button", name="Prendre"))
        _tap(page.locator(".missing a", has_text="Faire signer"))
        _tap(page.locator("canvas.pad"))
        _tap(page.get_by_role("button", name="Enregistrer la signature et terminer"))
        expect(page.locator(".foot.ok")).to_be_visible()
        # A tap that left no photo does not count.
        expect(page.get_by_text(f"{_PHOTOS} de {_PHOTOS} requises")).to_be_visible()
        return int(page.evaluate("window.taps"))


def _fit(page: Page) -> None:
    """The day's first installation until its steps are done and its line is to be checked."""
    _tap(page.locator("article.card", has_text="Installation").first.locator("a.open"))
    _next(page, "En route")
    _next(page, "Sur place")
    _next(page, "Scanner l'ONT")
    _tap(page.get_by_role("button", name="Utiliser"))
    _tap(page.get_by_role("button", name="Vérifier la ligne"))
    expect(page.get_by_role("link", name="Voir la vérification")).to_be_visible()
    _tick_all(page)


def absent(served: Served) -> int | None:
    """From the visit where nobody answers: a call, a text, a photo of the door, the end with its
    new appointment; the camera's own taps are not counted. None while the app has no such way."""
    with served.phone() as context:
        page = context.new_page()
        page.add_init_script(_WATCH)
        open_ready(page, served.app)
        page.locator("article.card", has_text="Entretien").first.locator("a.open").tap()
        _next(page, "En route")
        _next(page, "Sur place")
        page.evaluate("window.taps = 0")
        _tap(page.get_by_role("button", name="Autres choix"))
        _tap(page.get_by_role("button", name="Client absent"))
        if not page.evaluate("location.hash").endswith("/absent"):
            return None
        page.evaluate(_NO_DIALLER)
        _tap(page.get_by_role("link", name="Appeler"))
        _tap(page.get_by_role("link", name="Texto"))
        _take(page, "Photo de la porte")
        _tap(page.get_by_role("button", name="Client absent"))
        expect(page.locator(".chip.not_completed")).to_be_visible()
        return int(page.evaluate("window.taps"))


def swap(served: Served) -> int | None:
    """From the visit where a device is faulty: what comes out and how it goes back, one scan, the
    new one in its place; its number is typed, which takes one tap. None while the app has no such
    way."""
    with served.phone() as context:
        page = context.new_page()
        page.add_init_script(_WATCH)
        open_ready(page, served.app)
        page.locator("article.card", has_text="Réparation").nth(1).locator("a.open").tap()
        _next(page, "En route")
        _next(page, "Sur place")
        page.evaluate("window.taps = 0")
        way = page.get_by_role("link", name="Remplacer")
        if not offers(way):
            return None
        _tap(way)
        number = page.locator("input.serial")
        _tap(number)
        number.fill(_OLD_SERIAL)
        _tap(page.locator("label.step", has_text="Défectueux"))
        _tap(page.get_by_role("button", name="Panne"))
        _tap(page.get_by_role("link", name="Scanner le nouveau"))
        _tap(page.locator("main button.main"))
        _tap(page.get_by_role("link", name="Revenir à la visite"))
        expect(page.locator("b.serial").first).to_be_visible()
        return int(page.evaluate("window.taps"))


def _take(page: Page, label: str) -> None:
    with page.expect_file_chooser() as chosen:
        _tap(page.locator("label.btn, .calls label", has_text=label))
    photo = FilePayload(name="photo.jpg", mimeType="image/jpeg", buffer=label_photo(SERIAL))
    chosen.value.set_files(photo)


def _tick_all(page: Page) -> None:
    required = page.locator("label.step", has=page.locator("em"))
    while required.count():
        left = required.count()
        _tap(required.first)
        expect(required).to_have_count(left - 1)


def _next(page: Page, word: str) -> None:
    _tap(page.locator(".foot .main:not([aria-disabled=true])", has_text=word))


def _tap(on: Locator) -> None:
    expect(on).to_be_visible()
    on.tap()
