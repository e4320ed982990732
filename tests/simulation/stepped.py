"""The real writer without its thread: each piece of work is committed when it is asked for."""

from collections.abc import Coroutine
from typing import Any, TypeVar

from backend.store.writer import Writer

Result = TypeVar("Result")


class SteppedWriter(Writer):
    """What has no thread can be stepped by a seed, and costs no change of threads.

    `writes` counts them: what was read stands as long as it does not move.
    """

    writes = 0

    def start(self) -> None:
        """There is nothing to start."""

    def stop(self) -> None:
        """Close the connection."""
        self._engine.dispose()

    async def _submit(self, work: Any) -> Any:
        future = work.future
        self.writes += 1
        self._commit([work])
        return future.result()


def at_once(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of what never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    raise RuntimeError("it waits")
