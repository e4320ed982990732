"""The words of a verdict, in French and English: `words.toml`."""

import tomllib
from importlib import resources
from typing import Final, Literal

import msgspec

from backend.cpe.verdict.model import CheckName, Reason, State

Lang = Literal["fr", "en"]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text in both languages; the technician is told "tu"."""

    fr: str
    en: str

    def text(self, lang: Lang) -> str:
        """The text of a language."""
        return self.fr if lang == "fr" else self.en


class ReasonWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Why a check ended so, and what to do about it; None: nothing."""

    said: Words
    todo: Words | None = None


class Vocabulary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every word that a verdict is told in; `steps` is what was done before a reading was made
    again."""

    states: dict[State, Words]
    checks: dict[CheckName, Words]
    reasons: dict[Reason, ReasonWords]
    steps: dict[str, Words]


def _load() -> Vocabulary:
    text = (resources.files("backend.cpe.verdict") / "words.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Vocabulary)


VOCABULARY: Final = _load()
