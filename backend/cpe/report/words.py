"""The report's own words, in French and English: `words.toml`."""

import tomllib
from importlib import resources
from typing import Final

import msgspec

from backend.cpe.verdict.words import Lang, Words


class Labels:
    """The texts of one language; a name that the file lacks raises KeyError."""

    def __init__(self, words: dict[str, Words], lang: Lang) -> None:
        self._words, self.lang = words, lang

    def __call__(self, name: str, **values: object) -> str:
        """The text of a name with its holes filled."""
        return self._words[name].text(self.lang).format(**values)

    def named(self, code: str) -> str:
        """The text of a code of the data, the code itself when it has none."""
        return self(code) if code in self._words else code


def labels(lang: Lang) -> Labels:
    """The texts of a language."""
    return Labels(_WORDS, lang)


def _load() -> dict[str, Words]:
    text = (resources.files("backend.cpe.report") / "words.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Words])


_WORDS: Final = _load()
