"""Wakes whoever waits for a technician's changes: phones' streams and the workers."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

ANYONE: Final = ""
HEARTBEAT_S: Final = 15.0
# A stream ends, to be asked for again, so that whoever may no longer listen is shut out.
STREAM_S: Final = 300.0
RETRY_MS: Final = 5000

ServerSent = dict[str, str | int]


class Pokes:
    """Content-free news by technician (a record key), inside one process; `backend.store.news`
    carries them to the others.

    `send` may be called from any thread; a listener that is slow sees one poke for many.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self.closing = asyncio.Event()

    def start(self) -> None:
        """Bind to the running loop; pokes sent before are lost, as nobody listened."""
        self._loop = asyncio.get_running_loop()

    def send(self, technicians: Iterable[str]) -> None:
        """Wake the listeners of these technicians, and those who wait for any change.

        No names, no news; a change that nobody holds yet names ANYONE.
        """
        names = tuple(technicians)
        if names and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, (*names, ANYONE))

    def send_to_all(self) -> None:
        """Wake every listener: nobody knows what it missed. Called in the event loop's thread."""
        self._wake(tuple(self._waiting))

    def close(self) -> None:
        """End every stream; nothing waits any more."""
        self.closing.set()
        self._wake(tuple(self._waiting))

    @contextmanager
    def listen(self, technician: str = ANYONE) -> Iterator[asyncio.Event]:
        """An event that is set at each poke; the listener clears it."""
        poked = asyncio.Event()
        self._waiting[technician].add(poked)
        try:
            yield poked
        finally:
            self._waiting[technician].discard(poked)
            if not self._waiting[technician]:
                del self._waiting[technician]

    async def stream(self, technician: str = ANYONE) -> AsyncIterator[ServerSent]:
        """Server-sent events: one content-free `poke` for any number of changes, a comment every
        HEARTBEAT_S; ends after STREAM_S, or when the server closes.
        """
        clock = asyncio.get_running_loop().time
        ends_at = clock() + STREAM_S
        with self.listen(technician) as poked:
            yield {"comment": "open", "retry": RETRY_MS}
            while not self.closing.is_set() and clock() < ends_at:
                try:
                    async with asyncio.timeout(HEARTBEAT_S):
                        await poked.wait()
                except TimeoutError:
                    yield {"comment": "here"}
                    continue
                poked.clear()
                if not self.closing.is_set():
                    yield {"event": "poke", "data": "{}"}

    def _wake(self, technicians: tuple[str, ...]) -> None:
        for technician in technicians:
            for poked in self._waiting.get(technician, ()):
                poked.set()
