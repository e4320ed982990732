"""The day of the phone's first view: golden vectors shared with the app, and its HTML twin."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend.tech.day import DayView, day_view
from backend.tech.render import Build, DayData, Pages
from backend.tech.words import Lang
from sync.job_status import FIELD_STEPS, REASONS_NOT_COMPLETED, REASONS_ON_HOLD
from sync.protocol import Changes, Put, SyncReply

VECTORS = Path(__file__).parents[2] / "pwa" / "src" / "tech" / "vectors"
CASES: list[dict[str, Any]] = json.loads((VECTORS / "day.json").read_text("utf-8"))
BUILD = Build(
    tech_js="assets/tech-1.js",
    style=".i{color:red}",
    style_sha256="sha256-x",
    tech_imports=("assets/preact-2.js",),
    tech_words={"fr": "assets/words-fr-3.js", "en": "assets/words-en-4.js"},
)

every_vector = pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])


@pytest.fixture
def pages() -> Pages:
    return Pages(json.loads((VECTORS / "i18n.json").read_text("utf-8")), BUILD)


@every_vector
def test_the_day_is_what_the_phone_decides_too(case: dict[str, Any]) -> None:
    view = day_view(case["rows"], case["today"], case.get("day"))

    assert view == msgspec.convert(case["view"], DayView)


@every_vector
def test_the_html_is_what_the_phone_renders_too(case: dict[str, Any], pages: Pages) -> None:
    view = day_view(case["rows"], case["today"], case.get("day"))

    html = pages.day_body(view, _data(case), case["lang"])

    assert _normalised(html) == (VECTORS / f"{case['name']}.html.txt").read_text("utf-8")


def test_the_status_table_of_the_phone_is_that_of_the_engine() -> None:
    table = json.loads((VECTORS / "status.json").read_text("utf-8"))

    assert table["steps"] == {status: sorted(steps) for status, steps in FIELD_STEPS.items()}
    assert table["not_completed"] == sorted(REASONS_NOT_COMPLETED)
    assert table["on_hold"] == sorted(REASONS_ON_HOLD)


@pytest.mark.parametrize(("lang", "words"), [("fr", "words-fr-3"), ("en", "words-en-4")])
def test_the_page_fetches_the_words_of_its_language_with_the_app(
    lang: Lang, words: str, pages: Pages
) -> None:
    case = CASES[0]

    html = pages.day(day_view(case["rows"], case["today"]), _data(case), lang)

    ahead = re.findall('<link rel="modulepreload" href="([^"]+)">', html)
    assert ahead == ["/assets/preact-2.js", f"/assets/{words}.js"]


def test_the_page_carries_the_day_for_the_app(pages: Pages) -> None:
    case = CASES[0]

    html = pages.day(day_view(case["rows"], case["today"]), _data(case))

    carried = _between(html, '<script type="application/json" id="day">', "</script>")
    assert msgspec.json.decode(carried, type=DayData) == _data(case)
    assert '<script type="module" src="/assets/tech-1.js"></script>' in html
    assert "<style>.i{color:red}</style>" in html


def test_a_note_cannot_end_the_script_that_carries_it(pages: Pages) -> None:
    case = CASES[0] | {"rows": {"job/a": {"dispatch_notes": "</script><!--<script>alert(1)"}}}

    html = pages.day(day_view(case["rows"], case["today"]), _data(case))

    assert html.count("</script>") == 2
    assert "<!--" not in html
    assert "<script>" not in html


def test_nothing_in_the_page_needs_an_inline_style_or_handler(pages: Pages) -> None:
    case = CASES[0]

    html = pages.day(day_view(case["rows"], case["today"]), _data(case))

    assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", html.partition("<body>")[2])


def test_enrolment_shows_the_first_name_and_one_button(pages: Pages) -> None:
    html = pages.enrol("Marc", "form-token-1")

    assert "<h1>Bonjour Marc</h1>" in html
    assert html.count("<button") == 1
    assert '<form class="card" method="post">' in html
    assert '<input type="hidden" name="form_token" value="form-token-1">' in html
    assert "<script" not in html


def test_an_unknown_link_gives_the_phone_of_the_office(pages: Pages) -> None:
    html = pages.unknown_link("450 555-0100")

    assert "Ce lien n&#39;est pas valide" in html
    assert "Demande un nouveau lien au bureau" in html
    assert 'href="tel:+14505550100"' in html


def test_too_many_devices_says_how_many_and_whom_to_call(pages: Pages) -> None:
    html = pages.device_limit(3, "450 555-0100")

    assert "déjà ouvert sur 3 appareils" in html
    assert 'href="tel:+14505550100"' in html


def test_pages_come_in_english_too(pages: Pages) -> None:
    assert "<h1>Hello Marc</h1>" in pages.enrol("Marc", "x", "en")
    assert '<html lang="en-CA">' in pages.unknown_link("450 555-0100", "en")


def _data(case: dict[str, Any]) -> DayData:
    puts = tuple(Put(key, cells, whole=True) for key, cells in case["rows"].items())
    changes = Changes(cursor="c", sequence=7, epoch="e", reset=True, put=puts)
    return DayData(
        technician="tech-1",
        name="Marc Tremblay",
        device="device-1",
        office_phone=case["office_phone"],
        zone="America/Toronto",
        today=case["today"],
        reply=SyncReply(now=case["now"], changes=changes),
    )


def _between(text: str, start: str, end: str) -> str:
    return text.partition(start)[2].partition(end)[0]


def _normalised(html: str) -> str:
    """One tag a line and one spelling of each entity, as the app's own test writes the files."""
    text = html.replace("&#39;", "'").replace("&#34;", "&quot;").replace("&gt;", ">")
    text = re.sub(r"\s+<", "<", re.sub(r">\s+", ">", text))
    return f"{text.replace('<', chr(10) + '<').strip()}\n"
