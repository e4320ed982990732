"""The `terrain` command of an installation under test: what it prints."""

import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Final

from backend.cli import main

REPOSITORY: Final = Path(__file__).parents[2]
TERRAIN: Final = (sys.executable, "-m", "backend.cli")
ENDS_S: Final = 60.0


def printed_apart(settings: Path, *arguments: str) -> list[str] | None:
    """The lines of a command that runs as an operator's does; None when it fails."""
    ran = subprocess.run(  # noqa: S603  (our own program)
        [*TERRAIN, "--config", str(settings), *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=ENDS_S,
        check=False,
    )
    return ran.stdout.splitlines() if ran.returncode == 0 else None


def printed_here(settings: Path, *arguments: str) -> list[str] | None:
    """The same by this process, which has the program loaded: to begin one takes a second."""
    printed, mask = StringIO(), os.umask(0o077)
    try:
        with redirect_stdout(printed), redirect_stderr(StringIO()):
            status = main(["--config", str(settings), *arguments])
    finally:
        os.umask(mask)
    return printed.getvalue().splitlines() if status == 0 else None
