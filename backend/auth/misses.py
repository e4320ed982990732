"""Limits guesses. A link's token cannot be guessed: there the limit protects our capacity."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from backend.errors import SlowDown

PER_SOURCE: Final = 20
IN_ALL: Final = 200
WINDOW_S: Final = 60.0


class Misses:
    """Counts misses of the current window, by source and in all; `clock` gives seconds, a source
    has `per_source` of them in `window_s`.

    At most IN_ALL are counted, which bounds the memory too.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        per_source: int = PER_SOURCE,
        window_s: float = WINDOW_S,
    ) -> None:
        self._clock = clock
        self._per_source = per_source
        self._window_s = window_s
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

    def forgive(self, source: str) -> None:
        """Take back one that was counted before it was known to open something."""
        self._counts[source] -= self._counts[source] > 0

    def _turn(self) -> None:
        window = int(self._clock() // self._window_s)
        if window != self._window:
            self._window = window
            self._counts.clear()
