"""A test in the time of its own event loop: waits of minutes pass at once, sockets are real ones.

Whenever nothing arrives on any socket the clock jumps to the next timer, so what is due first
happens first, however busy the machine is.
"""

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, Final

SETTLES_S: Final = 0.002  # what is under way on loopback arrives within this real time


class _Jumping(selectors.DefaultSelector):
    """Skips the time in which a loop would sleep; no other time passes."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        ready = super().select(SETTLES_S)
        if not ready:
            self.now_s += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose clock jumps."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now_s


def in_virtual_time(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an async test so; it may ask for plain fixtures."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


def now() -> float:
    """The loop's own time, in seconds."""
    return asyncio.get_running_loop().time()
