"""The story of a power that was measured again: what it was, what was done, what it became."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import msgspec

from backend.cpe.verdict.words import VOCABULARY, Lang

_TENTH: Final = Decimal("0.1")
_MINUS: Final = "\u2212"


class Measured(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A power in dBm; `step` names what was done since the one before, "" if nothing."""

    dbm: float
    at_ms: int
    step: str = ""


def story(readings: Iterable[Measured], lang: Lang) -> str:
    """The readings in the order of their instants: "−28,1 → −22,4 après nettoyage"; "" of none.

    What was done before the first one is not of this story.
    """
    ordered = sorted(readings, key=lambda each: each.at_ms)
    told = [_told(each, lang) for each in ordered[:1]]
    told += [
        " ".join(filter(None, (_told(each, lang), _after(each, lang)))) for each in ordered[1:]
    ]
    return " → ".join(told)


def _told(reading: Measured, lang: Lang) -> str:
    """One decimal, halves away from zero, as JavaScript's toFixed has it."""
    text = str(Decimal(reading.dbm).quantize(_TENTH, ROUND_HALF_UP)).replace("-", _MINUS)
    return text.replace(".", ",") if lang == "fr" else text


def _after(reading: Measured, lang: Lang) -> str:
    words = VOCABULARY.steps.get(reading.step)
    return words.text(lang) if words else reading.step
