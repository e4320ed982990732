"""Limits guesses. A link's token cannot be guessed: there the limit protects our capacity."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from backend.errors import SlowDown

PER_SOURCE: Final = 20
IN_ALL: Final = 200
WINDOW_S: Final = 60.0


class Misses:
    """Counts misses of the current minute, by source and in all; `clock` gives seconds, a source
    has `per_source` of them.

    At most IN_ALL are counted, which bounds the memory too.
    """

    def __init__(self, clock: Callable[[], float], per_source: int = PER_SOURCE) -> None:
        self._clock = clock
        self._per_source = per_source
        self._window = 0
        self._counts: Counter[str] = Counter()

    def check(self, source: str) -> None:
        """Raise SlowDown when the source, or everybody together, missed too often."""
        self._turn()
        if self._counts[source] >= self._per_source or self._counts.total() >= IN_ALL:
            raise SlowDown

    def count(self, source: str) -> None:
        """Note one guess that opened nothing."""
        self._turn()
        if self._counts.total() < IN_ALL:
            self._counts[source] += 1

    def _turn(self) -> None:
        window = int(self._clock() // WINDOW_S)
        if window != self._window:
            self._window = window
            self._counts.clear()
