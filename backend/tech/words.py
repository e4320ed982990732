"""Words, dates and hours as the technician's pages write them; the twin of `pwa/src/i18n`."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple, cast
from zoneinfo import ZoneInfo

Lang = Literal["fr", "en"]
Words = Mapping[str, str | Mapping[str, str]]
Languages = Mapping[Lang, Words]

_NBSP = "\u00a0"


class Translator(NamedTuple):
    """The words of one language, as the build wrote them into `i18n.json`."""

    lang: Lang
    words: Words

    def text(self, key: str, **values: object) -> str:
        """The text of a key with its values filled in; `n` chooses singular or plural.

        Raises KeyError for a key that the French source does not have.
        """
        entry = self.words[key]
        template = entry if isinstance(entry, str) else entry[self._form(values["n"])]
        for name, value in values.items():
            template = template.replace("{" + name + "}", str(value))
        return template

    def named(self, prefix: str, code: str, fallback: str | None = None) -> str:
        """The text of `prefix.code` when the vocabulary knows the code, else the fallback."""
        if f"{prefix}.{code}" in self.words:
            return self.text(f"{prefix}.{code}")
        return code if fallback is None else fallback

    def _form(self, n: object) -> str:
        # CLDR: French counts 0 and 1 as one; English only 1.
        count = cast(int, n)
        singular = count < 2 if self.lang == "fr" else count == 1
        return "one" if singular else "other"


def clock_in(zone: str, at: int) -> str:
    """ "14:05" of the zone, for an instant in ms."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(zone)).strftime("%H:%M")


def clock(t: Translator, time: str) -> str:
    """ "14:05" as "14 h 05", "15:00" as "15 h"; in English "2:05 p.m." and "3 p.m."."""
    hour, minute = (int(part) for part in time.split(":"))
    if t.lang == "fr":
        return f"{hour}{_NBSP}h{_NBSP}{minute:02}" if minute else f"{hour}{_NBSP}h"
    minutes = f":{minute:02}" if minute else ""
    return f"{hour % 12 or 12}{minutes}{_NBSP}{'a.m.' if hour < 12 else 'p.m.'}"


def day_and_month(t: Translator, day: str) -> str:
    """ "2026-11-23" as "lundi 23 novembre" or "Monday, November 23"."""
    when = date.fromisoformat(day)
    return t.text(
        "time.day_and_month",
        weekday=_word(t, "time.weekdays", when.isoweekday() % 7),
        day=t.text("time.first_day") if when.day == 1 else when.day,
        month=_word(t, "time.months", when.month - 1),
    )


def short_date(t: Translator, day: str) -> str:
    """ "2026-11-25" as "mer. 25" or "Wed 25"."""
    when = date.fromisoformat(day)
    return f"{_word(t, 'time.weekdays_short', when.isoweekday() % 7)}{_NBSP}{when.day}"


def _word(t: Translator, key: str, index: int) -> str:
    return t.text(key).split(" ")[index]
