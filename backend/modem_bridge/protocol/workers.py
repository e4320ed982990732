"""The worker processes of the protocol: a few, begun when needed, killed when late."""

import asyncio
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from typing import Final

import msgspec

from backend.modem_bridge.protocol.job import KILL_S, LINE_BYTES, READ_S, Job
from backend.modem_bridge.reading import Report
from backend.modem_bridge.trouble import Kind

MODULE: Final = "backend.modem_bridge.protocol.worker"
JOBS: Final = 500  # then a fresh one, whatever the library may have kept


class Workers:
    """At most `count` modems at once, each in a process that has no other at that time."""

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)
        self._idle: list[_Worker] = []

    async def read(self, job: Job) -> Report:
        """What a worker read; TIMEOUT when it had to be killed."""
        async with self._free:
            worker = self._idle.pop() if self._idle else await _Worker.begin()
            try:
                async with asyncio.timeout(KILL_S - READ_S + job.read_s):
                    report = await worker.read(job)
            except TimeoutError:
                report = Report(kind=Kind.TIMEOUT, detail="killed")
            except (OSError, ValueError) as error:  # it ended, or wrote a line without end
                report = Report(kind=Kind.PROTOCOL, detail=type(error).__name__)
            finally:
                await self._put_back(worker)
            return report

    async def close(self) -> None:
        """End every process."""
        while self._idle:
            await self._idle.pop().kill()

    async def _put_back(self, worker: "_Worker") -> None:
        if worker.is_sound:
            self._idle.append(worker)
        else:
            await worker.kill()


class _Worker:
    def __init__(self, process: Process, into: StreamWriter, out: StreamReader) -> None:
        self._process = process
        self._into = into
        self._out = out
        self._jobs = 0
        self._answered = 0

    @classmethod
    async def begin(cls) -> "_Worker":
        command = (sys.executable, "-m", MODULE)
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=LINE_BYTES
        )
        if process.stdin is None or process.stdout is None:
            raise BrokenPipeError
        return cls(process, process.stdin, process.stdout)

    @property
    def is_sound(self) -> bool:
        """Whether it waits for a job, rather than being in the middle of one."""
        has_ended = self._process.returncode is not None
        return not has_ended and self._jobs == self._answered and self._jobs < JOBS

    async def read(self, job: Job) -> Report:
        """Raises OSError and ValueError when it fails us."""
        self._jobs += 1
        self._into.write(msgspec.json.encode(job) + b"\n")
        await self._into.drain()
        line = await self._out.readline()
        if not line:
            raise BrokenPipeError
        report = msgspec.json.decode(line, type=Report)
        self._answered += 1
        return report

    async def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
