"""Writes the report as one page of HTML: escaped, without a script, fit to be printed."""

import base64
import hashlib
from datetime import UTC, datetime
from importlib import resources
from typing import Any, Final
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup

from backend.cpe.report.content import Check, Line, Report
from backend.cpe.report.words import Labels, labels
from backend.cpe.verdict.story import Measured, story
from backend.cpe.verdict.words import VOCABULARY, Lang, Words

_HERE: Final = resources.files("backend.cpe.report")
_STYLE: Final = (_HERE / "report.css").read_text("utf-8")
# The source that a Content-Security-Policy's style-src names.
STYLE_SHA256: Final = (
    "sha256-" + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
)
# A reading of later than that is of another moment than the one that was asked for.
_LATE_MS: Final = 120_000
_NBSP: Final = "\u00a0"


def page(report: Report, lang: Lang, zone: ZoneInfo, now_ms: int, *, is_sheet: bool = False) -> str:
    """The page in a language, its instants in the site's zone; `now_ms` is when it was made.

    A sheet stands by itself: it names nothing that would have to be fetched, pictures neither.
    """
    told = _Told(labels(lang), zone)
    style = Markup(_STYLE)  # noqa: S704 - our own file
    check = report.checks[-1] if report.checks else None
    return _TEMPLATE.render(
        t=told.t,
        style=style,
        report=report,
        check=check,
        facts=told.facts(report),
        lacking=", ".join(told.t.named(f"{each}_lacking") for each in report.missing),
        story=told.story(report.checks),
        now_ms=now_ms,
        is_sheet=is_sheet,
        style_sha256=STYLE_SHA256,
        state=lambda code: told.vocabulary(VOCABULARY.states, code),
        check_name=lambda code: told.vocabulary(VOCABULARY.checks, code),
        reason=told.reason,
        when=told.when,
        made_at=told.made_at,
        amount=told.amount,
        power=told.power,
        limits=told.limits,
    )


class _Told:
    """How values are written in one language."""

    def __init__(self, t: Labels, zone: ZoneInfo) -> None:
        self.t, self._zone = t, zone

    def facts(self, report: Report) -> list[tuple[str, str]]:
        """The head of the page: the names of texts, and values; "" is not shown."""
        return [
            ("customer", report.client),
            ("address", ", ".join(filter(None, (report.street, report.town)))),
            ("terminal", report.terminal),
            ("plan", report.plan),
            ("visit", " · ".join(filter(None, (report.subject, report.document)))),
            ("date", report.date),
            ("technician", report.technician),
            ("started", self.when(report.started_at)),
            ("completed", self.when(report.completed_at)),
        ]

    def when(self, at_ms: int) -> str:
        """ "2026-11-23 14:05" (ISO 8601), "" of 0."""
        if not at_ms:
            return ""
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self._zone)
        return f"{local:%Y-%m-%d}{_NBSP}{local:%H:%M}"

    def made_at(self, check: Check) -> str:
        """When the line was looked at, and when that was asked for where it is another moment."""
        measured = check.measured_at or check.at
        parts = [self.t("measured", at=self.when(measured))]
        if abs(measured - check.at) > _LATE_MS:
            parts.append(self.t("asked", at=self.when(check.at)))
        if check.version:
            parts.append(self.t("rules", version=check.version))
        return ", ".join(parts)

    def amount(self, line: Line) -> str:
        """ "−21,4 dBm"; "" of no value."""
        if line.value is None:
            return ""
        if line.unit == "dBm" and not isinstance(line.value, str):
            return self.power(line.value)
        text = line.value if isinstance(line.value, str) else self._number(line.value)
        return _NBSP.join(filter(None, (text, line.unit)))

    def limits(self, line: Line) -> str:
        """ "−27 à −8", "" where there is none."""
        if line.low is None:
            return ""
        low = self._number(line.low)
        if line.high is None:
            return self.t("at_least", low=low)
        return self.t("between", low=low, high=self._number(line.high))

    def story(self, checks: tuple[Check, ...]) -> str:
        """The light of each check that has one, "" of fewer than two."""
        # Two wishes that one check answers are one reading.
        lights = {
            at: Measured(check.light, at)
            for check in checks
            if check.light is not None and (at := check.measured_at or check.at)
        }
        return story(lights.values(), self.t.lang) if len(lights) > 1 else ""

    def reason(self, code: str) -> str:
        """Why a line ended so; a code of newer rules as it is."""
        said = {reason.value: words.said for reason, words in VOCABULARY.reasons.items()}
        return self.vocabulary(said, code)

    def vocabulary(self, words: Any, code: str) -> str:
        """The text of a code, the code itself when it has none."""
        known: Words | None = words.get(code)
        return known.text(self.t.lang) if known else code

    def power(self, dbm: float) -> str:
        """ "−21,4 dBm"."""
        return f"{story([Measured(dbm, 0)], self.t.lang)}{_NBSP}dBm"

    def _number(self, value: float) -> str:
        text = f"{value:,.10g}".replace("-", "−")
        french = str.maketrans({",": _NBSP, ".": ","})
        return text.translate(french) if self.t.lang == "fr" else text


_TEMPLATE: Final = jinja2.Environment(
    autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
).from_string((_HERE / "report.html.j2").read_text("utf-8"))
