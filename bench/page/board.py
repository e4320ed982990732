"""Pictures of every room of the board for `docs/screens/`, made anew.

    python -m bench.page.board

French, by day and by night, 1280 by 800 points: the demonstration, one phone at work, and ERPNext
away from the middle on.
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import httpx
from playwright.sync_api import Page, Playwright, ViewportSize, expect, sync_playwright

from backend.demo import ERPNEXT_HOST
from bench.page.pictures import draw
from bench.page.served import FLAGS, LINK, START_S, WAIT_MS
from tests.e2e.command import TERRAIN
from tests.e2e.phone import CHROMIUM
from tests.e2e.processes import HOST, Process, free_port, wait_for

DESKTOP: Final = ViewportSize(width=1280, height=800)
LARGEST_BYTES: Final = 120_000
_BREAKS_MS: Final = 60_000  # five polls in vain, three seconds apart
_SEARCHED: Final = "Lachapelle"


class Office(NamedTuple):
    """The board on its page, and the demonstration behind it."""

    page: Page
    port: int

    def room(self, name: str) -> None:
        """Open a room by its link."""
        self.page.get_by_role("link", name=name, exact=True).click()

    def maintenance(self, *, begins: bool) -> None:
        """ERPNext goes away, or comes back."""
        address = f"http://{ERPNEXT_HOST}:{self.port + 1}/_control/site"
        httpx.post(address, json={"maintenance": begins}).raise_for_status()


@contextmanager
def office(playwright: Playwright) -> Iterator[Office]:
    """Start the demonstration, let one phone begin its day, and open the board."""
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory()))
        port, output = free_port(), folder / "demo.log"
        data = str(folder / "demo")
        demo = Process([*TERRAIN, "demo", "--port", str(port), "--data", data], output)
        ends.callback(demo.kill)
        link = wait_for("the demonstration's link", lambda: _link_in(output), START_S)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        ends.callback(browser.close)
        _begin_a_day(browser.new_page(locale="fr-CA", timezone_id="America/Toronto"), link)
        page = browser.new_page(
            viewport=DESKTOP, locale="fr-CA", timezone_id="America/Toronto", color_scheme="light"
        )
        page.set_default_timeout(WAIT_MS)
        page.goto(f"http://{HOST}:{port}/board/")
        expect(page.locator("#visits tbody tr").first).to_be_visible(timeout=WAIT_MS)
        yield Office(page, port)


def _link_in(output: Path) -> str:
    found = LINK.search(output.read_text("utf-8"))
    return found[0] if found else ""


def _begin_a_day(page: Page, link: str) -> None:
    """Marc sets out for his first visit."""
    page.goto(link)
    page.get_by_role("button", name="Ouvrir ma journée").click()
    expect(page.locator("article.card")).to_have_count(8, timeout=WAIT_MS)
    page.locator("article.card a").first.click()
    page.get_by_role("button", name="En route").first.click()
    page.wait_for_timeout(2000)


def rooms(at: Office) -> Iterator[str]:
    """Each picture's name, while the page shows it."""
    page = at.page
    yield "board-today"
    at.room("Liens")
    page.locator("form.form select").first.select_option(index=1)
    page.get_by_role("button", name="Créer", exact=True).click()
    expect(page.locator(".made")).to_be_visible()
    yield "board-links"
    at.room("Aujourd'hui")
    page.locator("#visits button.link").first.click()
    expect(page.locator("dialog")).to_be_visible()
    page.get_by_role("button", name="Vérifier la ligne").click()
    page.wait_for_timeout(8000)
    yield "board-visit"
    page.keyboard.press("Escape")
    at.room("Vérifications")
    expect(page.locator("table tbody tr").first).to_be_visible()
    yield "board-checks"
    at.room("Journal")
    expect(page.locator("table").first).to_be_visible()
    yield "board-journal"
    at.maintenance(begins=True)
    at.room("Aujourd'hui")
    expect(page.locator(".banner")).to_be_visible(timeout=_BREAKS_MS)
    page.get_by_role("button", name="Créer une visite").click()
    page.get_by_label(re.compile("Client connu")).fill(_SEARCHED)
    page.get_by_role("dialog").get_by_role("button", name="Chercher").click()
    page.locator(".choices button").first.click()
    page.locator("dialog select").first.select_option(index=1)
    page.get_by_role("dialog").get_by_label("De", exact=True).fill("14:00")
    page.get_by_role("dialog").get_by_label("À", exact=True).fill("16:00")
    yield "board-new-visit"
    page.get_by_role("button", name="Créer la visite").click()
    expect(page.get_by_text("pas encore au dossier.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("th.hatched").first).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    yield "board-outage"
    page.locator("th.hatched").first.scroll_into_view_if_needed()
    yield "board-made-here"
    at.room("Vers ERPNext")
    yield "board-outbox"


def main() -> None:
    """Draw them all."""
    with sync_playwright() as playwright, office(playwright) as at:
        for name in rooms(at):
            for scheme in ("light", "dark"):
                at.page.emulate_media(color_scheme=scheme)
                draw(at.page, f"{name}-fr-{scheme}", LARGEST_BYTES)
            at.page.emulate_media(color_scheme="light")


if __name__ == "__main__":
    main()
