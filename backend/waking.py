"""The sleep of a worker between two looks at what waits."""

import asyncio


class Waking:
    """Lets one loop sleep until somebody wakes it, or until it has slept long enough."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def wake(self) -> None:
        """Look soon; may be called from any thread. Nobody hears it before the first `begin`."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    def begin(self) -> None:
        """A look begins: whoever calls from now on is heard by the next sleep."""
        self._loop = asyncio.get_running_loop()
        self._woken.clear()

    async def sleep(self, longest_s: float) -> bool:
        """Whether somebody called."""
        try:
            async with asyncio.timeout(longest_s):
                await self._woken.wait()
        except TimeoutError:
            return False
        return True
