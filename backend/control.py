"""The Unix socket by which the shell asks the running server to write: one writer a database."""

import asyncio
import fcntl
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, ClassVar, Final

from backend.errors import AppError
from backend.settings import Settings
from backend.store.commands import FAULTS, Asked, command
from backend.store.store import Store

ANSWER_S: Final = 30.0
REQUEST_BYTES: Final = 64 * 1024


class AlreadyRunning(AppError):
    """Another process has this data folder open."""

    code: ClassVar[str] = "already-running"
    status: ClassVar[int] = 409


def lock(data: Path) -> IO[str]:
    """Take the data folder for this process; the lock ends with the file or the process.

    Raises AlreadyRunning. SQLite 3.40 must have exactly one writing process.
    """
    data.mkdir(parents=True, exist_ok=True)
    held = (data / "terrain.lock").open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.close()
        raise AlreadyRunning(str(data)) from error
    return held


def ask(data: Path, name: str, args: dict[str, Any]) -> list[str] | None:
    """Ask the running server to run a command; None when no server runs.

    Raises what the command raised, so that the words are the same with and without a server.
    """
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(ANSWER_S)
            client.connect(str(_path(data)))
            client.sendall(json.dumps([name, args]).encode() + b"\n")
            answer = json.loads(client.makefile("rb").readline())
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    if "error" in answer:
        raise FAULTS.get(answer["error"], AppError)(answer["reason"])
    lines: list[str] = answer["lines"]
    return lines


async def serve(settings: Settings, store: Store, now_ms: Callable[[], int]) -> None:
    """Answer commands until cancelled. Only the owner of the data folder can connect."""
    path = _path(Path(settings.data))
    path.unlink(missing_ok=True)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(json.dumps(await _answer(reader, settings, store, now_ms())).encode() + b"\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(answer, path, limit=REQUEST_BYTES)
    path.chmod(0o600)
    async with server:
        await server.serve_forever()


async def _answer(
    reader: asyncio.StreamReader, settings: Settings, store: Store, now_ms: int
) -> dict[str, Any]:
    try:
        name, args = json.loads(await reader.readline())
        run = command(name, Asked(args, settings, now_ms))
        return {"lines": await store.writer.run(run)}
    except AppError as error:
        return {"error": error.code, "reason": error.reason}
    except (ValueError, KeyError, TypeError):
        return {"error": AppError.code, "reason": "unreadable command"}


def _path(data: Path) -> Path:
    """The socket's path, relative when that is shorter: Unix allows 107 bytes."""
    path = data.absolute() / "terrain.sock"
    return min(path, Path(os.path.relpath(path)), key=lambda each: len(str(each)))
