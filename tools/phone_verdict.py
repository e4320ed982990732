"""Gives the phone the thresholds and the words of the verdict, as the server has them.

`python -m tools.phone_verdict` writes them where the phone's build takes them from.
"""

import sys
from pathlib import Path
from typing import Final

import msgspec

from backend.cpe.thresholds import load_thresholds
from backend.cpe.units import PLAUSIBLE_DBM
from backend.cpe.verdict.words import VOCABULARY

FILE: Final = Path(__file__).parents[1] / "pwa" / "src" / "verdict" / "data.json"


def main() -> int:
    """Writes the file."""
    FILE.write_bytes(content())
    return 0


def content() -> bytes:
    """The file as it is to be."""
    data = {
        "plausible_dbm": PLAUSIBLE_DBM,
        "thresholds": load_thresholds(),
        "words": VOCABULARY,
    }
    return msgspec.json.format(msgspec.json.encode(data), indent=1) + b"\n"


if __name__ == "__main__":
    sys.exit(main())
