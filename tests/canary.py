"""Secrets of the tests, looked for in all that a test makes the server say: its log line by line,
as the installation writes it, what is printed, and log files.

Every token and cookie that is drawn is one, and what tests put into secret-bearing fields.
"""

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from backend.log import JsonFormatter
from backend.simulators.olt.agent import COMMUNITY

# A shorter text may be anything: a nonce, a version, a part of a name.
SHORTEST: Final = 22
_MOST_BYTES: Final = 4 * 2**20
# What tests put where a community, a key of a Wi-Fi or a password belongs.
PLANTED: Final = (
    COMMUNITY,
    "canary-of-a-community",
    "simulated-password",
    "s3cret-key",
    "c4n4ry-t0k3n",
)


class Canaries(logging.Handler):
    """The secrets that were drawn since the last test, and the lines that were logged."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonFormatter())
        self.drawn: set[str] = set()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line as the installation writes it."""
        self.lines.append(self.format(record))

    def watching(self, draw: Callable[[int | None], str]) -> Callable[[int | None], str]:
        """A source of secrets that notes what it gave."""

        def watched(size: int | None = None) -> str:
            value = draw(size)
            if len(value) >= SHORTEST:
                self.drawn.add(value)
            return value

        return watched

    def watch(self) -> None:
        """Watch the sources and the root logger, until the process ends."""
        for name in ("token_urlsafe", "token_hex"):
            setattr(secrets, name, self.watching(getattr(secrets, name)))
        logging.getLogger().addHandler(self)

    def take(self) -> tuple[frozenset[str], tuple[str, ...]]:
        """The secrets and the lines since the last time."""
        taken = frozenset(self.drawn), tuple(self.lines)
        self.drawn.clear()
        self.lines.clear()
        return taken


def leaks(known: Iterable[str], texts: Iterable[str]) -> list[str]:
    """Which secrets stand in any of some texts, each by its first letters: a report of a leak must
    not be one."""
    said = "\n".join(texts)
    return sorted(f"{secret[:4]}…" for secret in known if secret in said)


def logs_in(folder: Path) -> Iterator[str]:
    """The log files below a folder, up to a size."""
    for file in folder.rglob("*.log"):
        if file.is_file() and file.stat().st_size <= _MOST_BYTES:
            yield file.read_text("utf-8", "replace")
