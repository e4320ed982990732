"""The file that a phone exports, handed in on the board: looked at first, then taken in."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from backend.auth.body import read_body
from backend.auth.staff import Staff
from backend.errors import AppError
from backend.salvage.file import Handed, hand_in, handed_of, shown
from backend.settings import Settings
from backend.store.blobs.folder import BlobFolder
from backend.store.commands import Asked, command
from backend.store.store import Store

# A day's photos in base64; the shell takes more.
FILE_BYTES: Final = 64 * 1024**2


@post("/board/api/salvage", status_code=200, request_max_body_size=None)
async def salvage(
    request: Request[Any, Any, Any],
    staff: NamedDependency[Staff],  # noqa: ARG001  (its provider refuses everybody else)
    store: NamedDependency[Store],
    settings: NamedDependency[Settings],
    now_ms: NamedDependency[int],
    take: FromQuery[bool] = False,
) -> list[str]:
    """The lines of an exported file; with `take`, all of it is taken in, and there is a line for
    what came of each. What was cut short is done again, and nothing twice. Raises BadSalvage,
    NoSuchDevice, TooLarge."""
    handed = handed_of(await read_body(request, FILE_BYTES), "export")
    if not take:
        return list(shown(handed, settings.site_zone))
    loop = asyncio.get_running_loop()

    def run(name: str, args: dict[str, Any]) -> list[str]:
        work = store.writer.run(command(name, Asked(args, settings, now_ms)))
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    return await asyncio.to_thread(_taken, handed, run, settings)


def _taken(
    handed: Handed, run: Callable[[str, dict[str, Any]], list[str]], settings: Settings
) -> list[str]:
    """In a thread: photos are written to the disk, and each mutation is waited for.

    Raises AppError when nothing could be taken in; what comes after a first line is told in one.
    """
    lines: list[str] = []
    try:
        for line in hand_in(handed, run, lambda: BlobFolder(Path(settings.data) / "blobs")):
            lines.append(line)
    except AppError as error:
        if not lines:
            raise
        lines.append(error.code)
    return lines
