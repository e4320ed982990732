"""Whether everybody can use each screen: axe-core, in both languages and every mode."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from playwright.sync_api import Page, expect

from bench.page.screens import LANGUAGES, screens
from bench.page.served import PHONE, Served, offers, open_ready
from tests.e2e.built_app import PWA

AXE: Final = PWA / "node_modules" / "axe-core" / "axe.min.js"
MODES: Final = ("light", "dark")
SUN: Final = "sun"
# Off by default: text of 7:1 (WCAG 1.4.6) and targets of 24 px (2.5.8).
_RUN: Final = """() => axe.run(document, {
  resultTypes: ['violations'],
  rules: { 'color-contrast-enhanced': { enabled: true }, 'target-size': { enabled: true } },
})"""

# WCAG asks for 24 px; a glove needs 48, and 56 for the one next step. Links within text are text.
_SMALL: Final = """() => {
  const small = []
  for (const each of document.querySelectorAll('a, button, input, textarea, summary, .btn')) {
    const target = each.closest('label') ?? each
    const { width, height } = target.getBoundingClientRect()
    const asked = target.matches('.btn.main') ? 56 : 48
    const hidden = !target.checkVisibility({ visibilityProperty: true }) || each.disabled
    if (!hidden && Math.min(width, height) < asked - 0.5)
      small.push(`small: ${target.outerHTML.slice(0, 120)} (${width | 0} x ${height | 0})`)
  }
  return small
}"""


class Checked(NamedTuple):
    """A screen in a language and a mode, and what axe-core holds against it, in words."""

    name: str
    language: str
    mode: str
    violations: tuple[str, ...]


def check_all(served: Served) -> Iterator[Checked]:
    """Each screen in each language and mode."""
    axe = Path(AXE).read_text("utf-8")
    offered = modes(served)
    for language in LANGUAGES:
        for screen in screens(served, language):
            for mode in offered:
                wear(screen.page, mode)
                with _whole(screen.page):
                    yield Checked(screen.name, language, mode, _violations(screen.page, axe))
            wear(screen.page, "light")


def modes(served: Served) -> tuple[str, ...]:
    """What the phone can wear: the switch of "Plein soleil" is pressed where there is one."""
    with served.phone() as context:
        page = context.new_page()
        open_ready(page, served.app)
        page.evaluate("location.hash = '#/help'")
        switch = page.get_by_label("Plein soleil")
        if not offers(switch):
            return MODES
        switch.tap()
        expect(page.locator(f"html.{SUN}")).to_be_attached()
        return *MODES, SUN


def wear(page: Page, mode: str) -> None:
    """The system's own mode, or the class that the switch sets: pressing it leaves the screen."""
    page.emulate_media(color_scheme="dark" if mode == "dark" else "light")
    on = mode == SUN
    page.evaluate(f"(on) => document.documentElement.classList.toggle('{SUN}', on)", on)


@contextmanager
def _whole(page: Page) -> Iterator[None]:
    """As tall as its content: what the dock covers now, a finger uncovers by scrolling."""
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": PHONE["width"], "height": max(PHONE["height"], height)})
    yield
    page.set_viewport_size(PHONE)


def _violations(page: Page, axe: str) -> tuple[str, ...]:
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(axe)
    found: dict[str, Any] = page.evaluate(_RUN)
    small: list[str] = page.evaluate(_SMALL)
    return *small, *(
        f"{each['id']}: {node['html'][:120]} ({node['failureSummary'].splitlines()[-1].strip()})"
        for each in found["violations"]
        for node in each["nodes"]
    )
