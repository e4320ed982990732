"""Every screen of the app, one after the other, as a technician comes to them."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from playwright.sync_api import Page, expect

from bench.page.served import WAIT_MS, Served, open_day, open_ready
from sync.scope import working_days_ahead
from tests.e2e.proxy import Signal
from tests.e2e.world import ZONE

LANGUAGES: Final = ("fr", "en")
_NO_CAMERA: Final = """navigator.mediaDevices.getUserMedia = () =>
  Promise.reject(new DOMException('refused', 'NotAllowedError'))"""
_IN_THE_PICTURE: Final = """() => new Promise((done) => {
  const look = () => {
    const video = document.querySelector('.live video')
    if (video && video.readyState < 2) requestAnimationFrame(look)
    else done()
  }
  look()
})"""
_REFUSED: Final = re.compile("refusée à Terrain|may not use the camera")
_BAD_SERIAL: Final = "AB 12"
# Of the day's installations: a visit that was worked once is not there to be begun again.
_OWN_VISIT: Final = {"fr": 1, "en": 2}


class Screen(NamedTuple):
    """A screen as it stands on a page: to be looked at before the next one is asked for."""

    name: str
    page: Page


def screens(served: Served, language: str) -> Iterator[Screen]:
    """All of them in a language; each is on its page until the next one is taken."""
    yield from _before_the_day(served, language)
    yield from _by_hand(served, language)
    yield from _a_day(served, language)


def _before_the_day(served: Served, language: str) -> Iterator[Screen]:
    with served.phone(known=False) as context:
        page = context.new_page()
        page.goto(f"{served.link}?lang={language}")
        yield Screen("enrol", page)
        page.goto(f"{served.proxy.url}/t/not-a-link?lang={language}")
        yield Screen("unknown-link", page)


def _by_hand(served: Served, language: str) -> Iterator[Screen]:
    """What a phone without a camera shows."""
    with served.phone() as context:
        page = context.new_page()
        page.add_init_script(_NO_CAMERA)
        open_day(page, f"{served.app}?lang={language}")
        visit = _installation(page, language)
        _go(page, f"{visit}/scan")
        expect(page.locator("input[type=file]")).to_be_attached()
        expect(page.locator(".live")).to_have_count(0)
        yield Screen("scan-no-camera", page)
        _go(page, f"{visit}/type")
        page.locator("input.serial").first.fill(_BAD_SERIAL)
        expect(page.locator("p.error")).to_be_visible()
        yield Screen("type", page)
        _go(page, f"{visit}/photos")
        expect(page.locator("main [role=status]", has_text=_REFUSED)).to_be_visible()
        yield Screen("photos-no-camera", page)


def _a_day(served: Served, language: str) -> Iterator[Screen]:
    with served.phone() as context:
        page = context.new_page()
        open_ready(page, served.app)
        if language != "fr":
            page.locator(f".lang a[lang={language}]").tap()
            expect(page.locator("html")).to_have_attribute("lang", f"{language}-CA")
        yield Screen("day", page)
        _go(page, f"#/day/{working_days_ahead(datetime.now(ZONE).date())[0]}")
        yield Screen("day-ahead", page)
        for name in ("scan", "help", "outbox"):
            _go(page, f"#/{name}")
            yield Screen({"scan": "pick-visit", "outbox": "outbox-empty"}.get(name, name), page)
        _go(page, "#/")
        yield from _a_visit(page, _installation(page, language))
        yield from _in_the_dark(served, page)


def _a_visit(page: Page, visit: str) -> Iterator[Screen]:
    _go(page, visit)
    yield Screen("visit", page)
    for _ in range(2):
        page.locator(".foot .main:not([aria-disabled=true])").tap()
    expect(page.locator(".chip.on_site")).to_be_visible()
    page.locator(".foot button.more").tap()
    expect(page.locator(".others")).to_be_visible()
    yield Screen("visit-choices", page)
    yield from _a_label(page, visit)
    yield from _a_check(page, visit)
    _go(page, f"{visit}/photos")
    expect(page.locator(".live .main")).to_be_enabled()
    page.evaluate(_IN_THE_PICTURE)
    yield Screen("photos", page)
    _go(page, f"{visit}/sign")
    expect(page.locator("canvas.pad")).to_be_visible()
    yield Screen("sign", page)
    _go(page, visit)
    page.locator("label.step").first.tap()
    page.locator("textarea").fill("Connecteur refait à la prise.")
    note = page.locator("form", has=page.locator("textarea"))
    note.locator("button[type=submit]").tap()
    expect(page.locator("p.words", has_text="Connecteur refait")).to_be_visible()
    yield Screen("visit-worked", page)


def _a_label(page: Page, visit: str) -> Iterator[Screen]:
    _go(page, f"{visit}/scan")
    expect(page.locator(".live")).to_be_visible()
    page.evaluate(_IN_THE_PICTURE)
    yield Screen("scan", page)
    use = page.locator("main button.main")
    expect(use).to_be_enabled(timeout=WAIT_MS)
    yield Screen("scan-read", page)
    use.tap()
    expect(page.locator("main p.ok")).to_be_visible()
    yield Screen("scan-saved", page)


def _a_check(page: Page, visit: str) -> Iterator[Screen]:
    _go(page, f"{visit}/verify")
    ask = page.locator(".foot .main")
    expect(ask).to_be_enabled()
    yield Screen("verify", page)
    ask.tap()
    # Whatever the sources say, it is said below the verdict, line by line.
    expect(page.locator("main li").nth(2)).to_be_visible(timeout=WAIT_MS)
    yield Screen("verify-result", page)


def _in_the_dark(served: Served, page: Page) -> Iterator[Screen]:
    served.proxy.set(Signal.REFUSE)
    try:
        page.locator("label.step").nth(1).tap()
        _go(page, "#/outbox")
        expect(page.locator("main li.line:visible").first).to_be_visible()
        yield Screen("outbox", page)
        _go(page, "#/")
        yield Screen("day-offline", page)
    finally:
        served.proxy.set(Signal.LIGHT)


def _installation(page: Page, language: str) -> str:
    cards = page.locator("article.card", has_text="Installation")
    card = cards.nth(_OWN_VISIT[language])
    return str(card.locator("a.open").get_attribute("href"))


def _go(page: Page, address: str) -> None:
    page.evaluate("(hash) => { location.hash = hash }", address)
    expect(page.locator("main, .live").first).to_be_visible()
