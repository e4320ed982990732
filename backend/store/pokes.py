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
# The app, and the one that is just taking its place; a third ends the oldest, which nobody reads.
STREAMS_OF_A_DEVICE: Final = 2

ServerSent = dict[str, str | int]


class _Stream:
    """One open stream; `end` wakes it for the last time."""

    def __init__(self, poked: asyncio.Event) -> None:
        self.is_over = False
        self._poked = poked

    def end(self) -> None:
        self.is_over = True
        self._poked.set()


class Pokes:
    """Content-free news by technician (a record key), inside one process; `backend.store.news`
    carries them to the others.

    `send` may be called from any thread; a listener that is slow sees one poke for many.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._streams: dict[str, list[_Stream]] = {}
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

    def end(self, devices: Iterable[str]) -> None:
        """End the streams of devices that may no longer listen. Called in the loop's thread."""
        for device in devices:
            for stream in self._streams.get(device, ()):
                stream.end()

    async def stream(self, technician: str = ANYONE, device: str = "") -> AsyncIterator[ServerSent]:
        """Server-sent events: one content-free `poke` for any number of changes, a comment every
        HEARTBEAT_S; ends after STREAM_S, when the server closes, or when the phone `device` may no
        longer listen or has opened STREAMS_OF_A_DEVICE others.
        """
        clock = asyncio.get_running_loop().time
        ends_at = clock() + STREAM_S
        with self.listen(technician) as poked, self._opened(device, poked) as stream:
            yield {"comment": "open", "retry": RETRY_MS}
            while not self._is_over(stream) and clock() < ends_at:
                try:
                    async with asyncio.timeout(HEARTBEAT_S):
                        await poked.wait()
                except TimeoutError:
                    yield {"comment": "here"}
                    continue
                poked.clear()
                if not self._is_over(stream):
                    yield {"event": "poke", "data": "{}"}

    @contextmanager
    def _opened(self, device: str, poked: asyncio.Event) -> Iterator[_Stream]:
        """A place among the device's streams; the office's are not counted."""
        stream = _Stream(poked)
        of_device = self._streams.setdefault(device, []) if device else []
        for oldest in of_device[: 1 - STREAMS_OF_A_DEVICE]:
            oldest.end()
        of_device.append(stream)
        try:
            yield stream
        finally:
            of_device.remove(stream)
            if not of_device:
                self._streams.pop(device, None)

    def _is_over(self, stream: _Stream) -> bool:
        return stream.is_over or self.closing.is_set()

    def _wake(self, technicians: tuple[str, ...]) -> None:
        for technician in technicians:
            for poked in self._waiting.get(technician, ()):
                poked.set()
