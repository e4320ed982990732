"""Renders the technician's pages from plain values: the day, enrolment, and the two refusals."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import jinja2
import msgspec
from markupsafe import Markup

from backend.tech.day import JOB_TYPES, WARNING_TAGS, Card, DayTab, DayView, dialled
from backend.tech.reading import ReadDay
from backend.tech.words import (
    Lang,
    Languages,
    Translator,
    clock,
    clock_in,
    day_and_month,
    short_date,
)
from sync.job_status import JobStatus
from sync.protocol import SyncReply

FIELD_WORK: Final = frozenset(
    {JobStatus.TODO, JobStatus.EN_ROUTE, JobStatus.ON_SITE, JobStatus.ON_HOLD}
)


_BUILD_NAMES: Final = {
    "tech_js": "tech.js",
    "tech_imports": "tech.imports",
    "tech_words": "tech.words",
}


class Build(msgspec.Struct, frozen=True, rename=_BUILD_NAMES):
    """What the page needs of the app's build, from its `build.json`; files are below `/`.

    `style` goes into the page as it is; `style_sha256` ("sha256-...") is its CSP source.
    `tech_imports` are the chunks that the app's script imports at once, and `tech_words` the one
    that it asks for next, by language.
    """

    tech_js: str
    style: str
    style_sha256: str
    tech_imports: tuple[str, ...] = ()
    tech_words: Mapping[Lang, str] = msgspec.field(default_factory=dict)
    assets: tuple[str, ...] = ()


class DayData(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the page hands to the app: who and where it is, and a whole snapshot as a sync reply.

    `today` is a local date of `zone`; `office_phone` is written as people read it; `sticker_host`
    is the host name on the ISP's own stickers, "" when it has none.
    """

    technician: str
    name: str
    device: str
    office_phone: str
    zone: str
    today: str
    reply: SyncReply
    sticker_host: str = ""


class Pages:
    """The pages of one build, in both languages; it holds compiled templates and nothing else."""

    def __init__(self, languages: Languages, build: Build) -> None:
        self._languages = languages
        self._build = build
        self._templates = _environment()

    def day(self, view: DayView, data: DayData, lang: Lang = "fr") -> str:
        """T1 as the phone first sees it, with the data that its app starts from."""
        return self._render(
            "day.html.j2",
            lang,
            **_day_context(self._translator(lang), view, data),
            build=self._build,
            ahead=self._ahead(lang),
            data=_inert_json(data),
        )

    def _ahead(self, lang: Lang) -> tuple[str, ...]:
        """What the app's script will ask for, so that it comes with the script and not after it."""
        words = self._build.tech_words.get(lang)
        return (*self._build.tech_imports, words) if words else self._build.tech_imports

    def day_body(self, view: DayView, data: DayData, lang: Lang = "fr") -> str:
        """What stands inside `#app` of the day's page: what the app draws for the same view."""
        context = _day_context(self._translator(lang), view, data)
        return self._render("day_body.html.j2", lang, **context)

    def read(self, days: tuple[ReadDay, ...], data: DayData, lang: Lang = "fr") -> str:
        """Every visit of the window to be read, for a browser that runs no script of ours."""
        t = self._translator(lang)
        return self._render(
            "read.html.j2",
            lang,
            **_shown(t, data),
            days=days,
            office_phone=data.office_phone,
            office_number=dialled(data.office_phone),
        )

    def enrol(
        self, first_name: str, form_token: str, lang: Lang = "fr", *, icon: bool = False
    ) -> str:
        """One greeting and one button that posts `form_token` to the page's own address; where the
        work is done in an `icon` of the home screen, the button asks for its code."""
        hello = self._translator(lang).text("enrol.hello", name=first_name)
        return self._render("enrol.html.j2", lang, hello=hello, form_token=form_token, icon=icon)

    def code(self, digits: str, lang: Lang = "fr") -> str:
        """How the icon comes to the home screen, and the code to type in it."""
        return self._render("code.html.j2", lang, code=_spoken(digits))

    def code_form(
        self, nonce: str, office_phone: str, lang: Lang = "fr", *, is_wrong: bool = False
    ) -> str:
        """Asks for a code, and says whom to call for one."""
        return self._render(
            "code_form.html.j2",
            lang,
            nonce=nonce,
            is_wrong=is_wrong,
            office_phone=office_phone,
            office_number=dialled(office_phone),
        )

    def unknown_link(self, office_phone: str, lang: Lang = "fr") -> str:
        """The 404 of a link that is unknown, expired or revoked: it does not say which."""
        return self._message("enrol.unknown", office_phone, lang)

    def device_limit(self, devices: int, office_phone: str, lang: Lang = "fr") -> str:
        """The link is already used on as many devices as it allows."""
        return self._message("enrol.limit", office_phone, lang, n=devices)

    def _message(self, key: str, office_phone: str, lang: Lang, **values: object) -> str:
        t = self._translator(lang)
        return self._render(
            "message.html.j2",
            lang,
            title=t.text(f"{key}_title"),
            message=t.text(key, **values),
            office_phone=office_phone,
            office_number=dialled(office_phone),
        )

    def _render(self, template: str, lang: Lang, **context: Any) -> str:
        style = Markup(self._build.style)  # noqa: S704 - our own build's style sheet
        translator = self._translator(lang)
        return self._templates.get_template(template).render(t=translator, style=style, **context)

    def _translator(self, lang: Lang) -> Translator:
        return Translator(lang, self._languages[lang])


def _spoken(digits: str) -> str:
    """In two halves, as it is said."""
    half = len(digits) // 2
    return f"{digits[:half]}\u00a0{digits[half:]}"


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _day_context(t: Translator, view: DayView, data: DayData) -> dict[str, Any]:
    return {
        **_shown(t, data),
        "view": view,
        "tab_word": lambda tab: _tab_word(t, tab),
        "job_types": JOB_TYPES,
        "warning_tags": WARNING_TAGS,
        "field_work": FIELD_WORK,
    }


def _shown(t: Translator, data: DayData) -> dict[str, Any]:
    """How the pages with visits write them."""
    return {
        "data_at": clock(t, clock_in(data.zone, data.reply.now)),
        "empty": _empty(t, data.office_phone),
        "hours": lambda card: _hours(t, card),
        "kind": lambda card: _kind(t, card),
        "day_and_month": lambda day: day_and_month(t, day),
        "map_url": _map_url,
    }


def _inert_json(data: DayData) -> Markup:
    """JSON that no HTML parser can leave: `<` only ever stands inside strings."""
    text = msgspec.json.encode(data).decode().replace("<", "\\u003c")
    return Markup(text)  # noqa: S704 - `<` is gone, so `</script` and `<!--` cannot appear


def _hours(t: Translator, card: Card) -> str:
    start, end = card.window.start, card.window.end
    if start and end:
        return f"{clock(t, start)} – {clock(t, end)}"
    if start:
        return t.text("day.from", time=clock(t, start))
    return t.text("day.until", time=clock(t, end)) if end else t.text("day.no_window")


def _kind(t: Translator, card: Card) -> str:
    parts = [t.named("type", card.type)]
    if card.step and (card.steps > card.step or card.step > 1):
        parts.append(t.text("day.chain", step=card.step, steps=card.steps))
    elif card.step:
        parts.append(t.text("day.chain_step", step=card.step))
    return " · ".join(part for part in parts if part)


def _tab_word(t: Translator, tab: DayTab) -> str:
    return short_date(t, tab.date) if tab.name == "date" else t.text(f"day.{tab.name}")


def _empty(t: Translator, phone: str) -> str:
    return t.text("day.empty", phone=phone) if phone else t.text("day.empty_no_phone")


def _map_url(place: str) -> str:
    # geo: is RFC 5870, with Android's `q`; the same characters as encodeURIComponent leaves.
    return "geo:0,0?q=" + quote(place, safe="!'()*")
