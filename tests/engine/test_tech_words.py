"""The words of the technician's pages: plurals, hours and dates as written in Québec."""

import json
from pathlib import Path

import pytest

from backend.tech.words import Languages, Translator, clock, clock_in, day_and_month, short_date

I18N = Path(__file__).parents[2] / "pwa" / "src" / "tech" / "vectors" / "i18n.json"
LANGUAGES: Languages = json.loads(I18N.read_text("utf-8"))
FR = Translator("fr", LANGUAGES["fr"])
EN = Translator("en", LANGUAGES["en"])
NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("n", "french"),
    [
        (0, "0 envoi sur l'appareil"),
        (1, "1 envoi sur l'appareil"),
        (2, "2 envois sur l'appareil"),
    ],
)
def test_zero_is_singular_in_french(n: int, french: str) -> None:
    assert FR.text("strip.local", n=n) == french


def test_zero_is_plural_in_english() -> None:
    assert EN.text("outbox.attempts", n=0) == "0 attempts"
    assert EN.text("outbox.attempts", n=1) == "1 attempt"


def test_a_key_that_nobody_wrote_is_an_error() -> None:
    with pytest.raises(KeyError):
        FR.text("day.nothing")


def test_a_code_outside_the_vocabulary_is_shown_as_it_is() -> None:
    assert FR.named("tag", "dog") == "Chien"
    assert FR.named("tag", "échelle 28 pi") == "échelle 28 pi"


@pytest.mark.parametrize(
    ("time", "french", "english"),
    [
        ("14:05", f"14{NBSP}h{NBSP}05", f"2:05{NBSP}p.m."),
        ("15:00", f"15{NBSP}h", f"3{NBSP}p.m."),
        ("00:30", f"0{NBSP}h{NBSP}30", f"12:30{NBSP}a.m."),
        ("12:00", f"12{NBSP}h", f"12{NBSP}p.m."),
    ],
)
def test_hours_are_written_as_in_quebec(time: str, french: str, english: str) -> None:
    assert clock(FR, time) == french
    assert clock(EN, time) == english


def test_hours_follow_the_zone_through_its_changes() -> None:
    assert clock_in("America/Toronto", 1_795_460_700_000) == "14:05"
    assert clock_in("America/Toronto", 1_784_782_800_000) == "01:00"


def test_dates_are_written_as_in_quebec() -> None:
    assert day_and_month(FR, "2026-11-23") == "lundi 23 novembre"
    assert day_and_month(FR, "2026-12-01") == "mardi 1er décembre"
    assert day_and_month(EN, "2026-11-23") == "Monday, November 23"
    assert short_date(FR, "2026-11-25") == f"mer.{NBSP}25"
