"""Whose check is made now: so many at once, the others in line, each with how many before it."""

import asyncio
from typing import Final

# As many as a source is asked about at once: what a check is given of its 45 s is then its own, and
# not spent in the lines before the sources.
AT_ONCE: Final = 8


class Turns:
    """A line, first come, first served."""

    def __init__(self, count: int = AT_ONCE) -> None:
        self._count = count
        self._line: list[Turn] = []

    def line_up(self) -> "Turn":
        """A place at the end of the line; whoever has one leaves it."""
        turn = Turn(self)
        self._line.append(turn)
        self._call()
        return turn

    def ahead(self, turn: "Turn") -> int:
        """How many are to go before it is the turn's, 0 once it is."""
        return max(self._line.index(turn) + 1 - self._count, 0) if turn in self._line else 0

    def leave(self, turn: "Turn") -> None:
        """Whoever is next is called; leaving twice does nothing."""
        if turn in self._line:
            self._line.remove(turn)
            self._call()

    def _call(self) -> None:
        for turn in self._line[: self._count]:
            turn.called.set()


class Turn:
    """One place in the line; `called` is set once it is its turn."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.called = asyncio.Event()

    @property
    def ahead(self) -> int:
        """How many are to go before."""
        return self._turns.ahead(self)

    def leave(self) -> None:
        """Let the next one begin; may be said twice."""
        self._turns.leave(self)
