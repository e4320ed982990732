"""Reads the codes on a photo, in child processes that a hostile image may take down alone."""

import asyncio
import os
import struct
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO, ClassVar, Final, NamedTuple, Self

import msgspec

from backend.errors import AppError, Busy
from backend.log import log
from backend.store.blobs.uploads import BLOB_BYTES, ImageType

TIME_LIMIT_S: Final = 5.0
START_LIMIT_S: Final = 30.0
WAITING_LIMIT: Final = 20
IMAGES_PER_CHILD: Final = 500  # a leak in a C library ends with its child
ANSWER_BYTES: Final = 1024 * 1024

# The first byte of a message to `child.py`, which this process does not import.
CODES: Final = b"c"
SMALL: Final = b"s"

_CHILD: Final = Path(__file__).with_name("child.py")
# The least that finding libzbar needs; a hostile image must not find a secret in the environment.
_ENVIRONMENT: Final = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "OPENBLAS_NUM_THREADS": "1",  # NumPy's threads would take the child's memory for nothing
}


class ImageUnreadable(AppError):
    """Not a whole image."""

    code: ClassVar[str] = "image-unreadable"
    status: ClassVar[int] = 422


class ImageTooLarge(AppError):
    """More bytes or pixels than a photo has."""

    code: ClassVar[str] = "image-too-large"
    status: ClassVar[int] = 413


class DecodingFailed(ImageUnreadable):
    """The child crashed or took too long: the image's fault or not, another try may tell."""


class ChildCrashed(DecodingFailed):
    """The child ended in mid-work."""


class DecoderAway(Busy):
    """No child can be started: the machine's fault, not the image's; it waits."""


class Code(NamedTuple):
    """One code on a photo; `symbology` has the W3C Shape Detection API's name.

    `readers` are the decoders and steps that read it, such as "zbar/photo".
    """

    text: str
    symbology: str
    readers: tuple[str, ...] = ()


class _Refused(msgspec.Struct):
    refused: str
    reason: str


class Decoder:
    """Decodes photos in at most `children` processes, started when first needed.

    Belongs to one event loop; `close` ends the processes.
    """

    def __init__(self, children: int = 1, time_limit_s: float = TIME_LIMIT_S) -> None:
        self._turns = asyncio.Semaphore(children)
        self._time_limit_s = time_limit_s
        self._idle: list[_Child] = []
        self._waiting = 0

    async def decode(self, data: bytes) -> tuple[Code, ...]:
        """The codes on a JPEG, PNG or WebP, each once; none is a good answer too.

        Raises ImageType, ImageTooLarge, ImageUnreadable, DecodingFailed after the time limit or two
        crashes, Busy when too many wait.
        """
        check_image(data)
        return _codes(await self._in_turn(CODES + data))

    async def small_jpeg(self, data: bytes) -> bytes:
        """The photo upright, at most 1600 pixels long, with nothing of its camera's notes.

        Raises what `decode` raises.
        """
        check_image(data)
        answer = await self._in_turn(SMALL + data)
        if answer.startswith(b"{"):
            _codes(answer)
        return answer

    async def _in_turn(self, message: bytes) -> bytes:
        if self._waiting >= WAITING_LIMIT:
            raise Busy
        self._waiting += 1
        try:
            async with self._turns:
                return await self._ask_twice(message)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """End the processes; a later `decode` would start new ones."""
        while self._idle:
            await self._idle.pop().end()

    async def _ask_twice(self, message: bytes) -> bytes:
        """A child may die of the photos before it, or of the machine's need: a new one tells."""
        try:
            return await self._ask(message)
        except ChildCrashed:
            return await self._ask(message)

    async def _ask(self, message: bytes) -> bytes:
        child = self._idle.pop() if self._idle else await _Child.start()
        try:
            async with asyncio.timeout(self._time_limit_s):
                answer = await child.ask(message)
        except (TimeoutError, EOFError, OSError) as error:
            is_late = isinstance(error, TimeoutError)
            kind = "timeout" if is_late else "crash"
            log.warning("decoding failed", extra={"kind": kind, "stderr": await child.end()})
            raise (DecodingFailed if is_late else ChildCrashed)(kind) from error
        except BaseException:  # cancelled between question and answer: of no further use
            await child.end()
            raise
        if child.asked >= IMAGES_PER_CHILD:
            await child.end()
        else:
            self._idle.append(child)
        return answer


def check_image(data: bytes) -> None:
    """Refuse what is no image by its length and first bytes; what it names itself is not asked."""
    if not data:
        raise ImageUnreadable("empty")
    if len(data) > BLOB_BYTES:
        raise ImageTooLarge(str(BLOB_BYTES))
    is_webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    if not (is_webp or data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))):
        raise ImageType


def _codes(answer: bytes) -> tuple[Code, ...]:
    said = msgspec.json.decode(answer, type=_Refused | list[Code])
    if isinstance(said, _Refused):
        too_large = said.refused == ImageTooLarge.code
        raise (ImageTooLarge if too_large else ImageUnreadable)(said.reason)
    return tuple(said)


class _Child:
    """One decoding process; asks are one at a time."""

    def __init__(self, process: asyncio.subprocess.Process, stderr: IO[bytes]) -> None:
        self._process = process
        self._stderr = stderr
        self.asked = 0

    @classmethod
    async def start(cls) -> Self:
        """A child that has imported its libraries. Raises DecoderAway when it cannot."""
        child = await cls._spawned()
        try:
            async with asyncio.timeout(START_LIMIT_S):
                await child._receive()
        except (TimeoutError, EOFError) as error:
            log.error("the decoder does not start", extra={"stderr": await child.end()})
            raise DecoderAway("start") from error
        except BaseException:
            await child.end()
            raise
        return child

    @classmethod
    async def _spawned(cls) -> Self:
        with ExitStack() as unless_it_lives:
            stderr = unless_it_lives.enter_context(tempfile.TemporaryFile())
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", str(_CHILD)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
                env=_ENVIRONMENT,
            )
            unless_it_lives.pop_all()
        return cls(process, stderr)

    async def ask(self, message: bytes) -> bytes:
        """Its answer. Raises EOFError or OSError when it dies."""
        assert self._process.stdin is not None  # noqa: S101  (a pipe, by `start`)
        self.asked += 1
        self._process.stdin.write(struct.pack(">I", len(message)) + message)
        await self._process.stdin.drain()
        return await self._receive()

    async def end(self) -> str:
        """Kill it, for it holds nothing worth keeping; gives its last words on stderr."""
        with self._stderr as stderr:
            if self._process.returncode is None:
                self._process.kill()
            assert self._process.stdin is not None  # noqa: S101  (a pipe, by `start`)
            self._process.stdin.close()
            await self._process.wait()
            stderr.seek(max(0, stderr.seek(0, os.SEEK_END) - 300))
            return stderr.read().decode("utf-8", "replace")

    async def _receive(self) -> bytes:
        assert self._process.stdout is not None  # noqa: S101  (a pipe, by `start`)
        head = await self._process.stdout.readexactly(4)
        size = int(struct.unpack(">I", head)[0])
        if size > ANSWER_BYTES:
            raise EOFError("answer too long")
        return await self._process.stdout.readexactly(size)
