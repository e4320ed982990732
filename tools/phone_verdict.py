"""Gives the phone the thresholds and the words of the verdict, as the server has them.

`python -m tools.phone_verdict` writes them where the phone's build takes them from.
"""

import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from backend.cpe.thresholds import load_thresholds
from backend.cpe.units import PLAUSIBLE_DBM
from backend.cpe.verdict.words import VOCABULARY

FOLDER: Final = Path(__file__).parents[1] / "pwa" / "src" / "verdict"
LANGUAGES: Final = ("fr", "en")


def main() -> int:
    """Writes the files."""
    for name, content in files().items():
        (FOLDER / name).write_bytes(content)
    return 0


def files() -> dict[str, bytes]:
    """The files as they are to be, by name: the thresholds, and the words of each language alone,
    as a phone carries one."""
    words = msgspec.to_builtins(VOCABULARY)
    data = {"plausible_dbm": PLAUSIBLE_DBM, "thresholds": load_thresholds()}
    return {
        "thresholds.json": _json(data),
        **{f"words-{lang}.json": _json(_only(words, lang)) for lang in LANGUAGES},
    }


def _only(words: Any, lang: str) -> Any:
    """The same tree with the text of one language where those of all were."""
    if not isinstance(words, dict):
        return words
    return words[lang] if lang in words else {key: _only(each, lang) for key, each in words.items()}


def _json(data: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(data), indent=1) + b"\n"


if __name__ == "__main__":
    sys.exit(main())
