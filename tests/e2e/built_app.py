"""The phone's app as `npm run build` makes it; built when nobody has done so yet."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

PWA: Final = Path(__file__).parents[2] / "pwa"
BUILD_S: Final = 300


@cache
def built_app() -> Path:
    """The folder of the build."""
    if not (PWA / "dist" / "build.json").exists():
        npm = shutil.which("npm")
        assert npm is not None, "npm builds the app: install nodejs and npm"
        if not (PWA / "node_modules").exists():
            _run(npm, "ci", "--ignore-scripts")
        _run(npm, "run", "build")
    return PWA / "dist"


def _run(npm: str, *arguments: str) -> None:
    command = [npm, "--prefix", str(PWA), *arguments]
    subprocess.run(command, check=True, timeout=BUILD_S)  # noqa: S603  (our own folder)
