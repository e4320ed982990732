"""The phones of `pwa/tests/simulation` as a process: one command a line goes, one answer comes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec

ROOT: Final = Path(__file__).resolve().parents[3]


class Broken(Exception):
    """A command failed in the process: the fault is the driver's, not the phone's."""


def build(into: Path) -> Path:
    """The phones' program, as one file in the folder `into`."""
    command: list[str | Path] = [ROOT / "pwa/node_modules/.bin/vite", "build"]
    command += ["--config", "tests/simulation/vite.config.ts", "--outDir", into]
    # What the simulation prints is for programs.
    subprocess.run(command, cwd=ROOT / "pwa", check=True, stdout=sys.stderr)  # noqa: S603
    return into / "main.js"


class NodeProcess:
    """Started by the constructor, ended by `close` or by leaving its `with`."""

    def __init__(self, program: Path) -> None:
        # The phone's day is a day of its zone.
        self._process = subprocess.Popen(  # noqa: S603
            ["node", program],  # noqa: S607
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "TZ": "UTC"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def call(self, command: str, *args: Any) -> Any:
        """What a method of `phones.ts` answers. Raises Broken."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(msgspec.json.encode([command, *args]) + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        told = json.loads(answer) if answer else {"error": "the process has ended"}
        if "error" in told:
            raise Broken(f"{command}: {told['error']}")
        return told["ok"]

    def close(self) -> None:
        """End the process; what it held is gone."""
        self._process.communicate()
