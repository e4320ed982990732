"""A chassis behind snmpsim's command responder, a third agent by yet other people (BSD-2).

snmpsim is no library of ours: a virtual environment of its own has it (`CONTRIBUTING.md`).
"""

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from backend.simulators.olt.agent import COMMUNITY
from backend.simulators.olt.chassis import Chassis, Oid, Value
from backend.simulators.olt.snmpd import AUTH_KEY, PRIV_KEY, USER

_BEFORE: Final = (0, 0)  # orders below every name: where a walk begins
# Types of a .snmprec line are the tags of their BER (snmpsim's documentation, "Data file format").
_INTEGER, _OCTETS, _NAME, _COUNTER64 = "2", "4x", "6", "70"
_NO_CONTEXT: Final = "self"  # the file of a v3 request without a context (its `datafile.py`)
LOOK_S: Final = 0.1


def program() -> str:
    """Where the responder is, "" when it is not installed."""
    return shutil.which("snmpsim-command-responder") or ""


def records(chassis: Chassis) -> Iterator[str]:
    """The chassis as lines of a .snmprec file, in the order of their names."""
    found = chassis.after(_BEFORE)
    while found:
        name, value = found
        yield f"{_dotted(name)}|{_said(value)}"
        found = chassis.after(name)


@asynccontextmanager
async def snmpsim(chassis: Chassis, port: int) -> AsyncIterator[None]:
    """Listen on that loopback port: COMMUNITY by v2c, USER by v3 (SHA-256, AES-128)."""
    with tempfile.TemporaryDirectory() as folder:
        lines = "\n".join(records(chassis)) + "\n"
        for name in (COMMUNITY, _NO_CONTEXT):
            (Path(folder) / f"{name}.snmprec").write_text(lines, "utf-8")
        process = await asyncio.create_subprocess_exec(
            *(program(), f"--data-dir={folder}", f"--cache-dir={folder}/cache"),
            *(f"--agent-udpv4-endpoint=127.0.0.1:{port}", f"--v3-user={USER}"),
            *(f"--v3-auth-key={AUTH_KEY}", "--v3-auth-proto=SHA256"),
            *(f"--v3-priv-key={PRIV_KEY}", "--v3-priv-proto=AES"),
            *(f"--process-user={_user()}", f"--process-group={_user()}"),
            stderr=asyncio.subprocess.PIPE,
        )
        telling = asyncio.create_task(process.communicate())  # of every request
        try:
            while not _is_taken(port):
                if telling.done():
                    raise OSError(f"snmpsim: {process.returncode}")
                await asyncio.sleep(LOOK_S)
            yield
        finally:
            if not telling.done():
                process.terminate()
            await telling


def _is_taken(port: int) -> bool:
    """Whether it listens: it says so before it does, once it has indexed its files."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _said(value: Value) -> str:
    match value:
        case bytes():
            return f"{_OCTETS}|{value.hex()}"
        case tuple():
            return f"{_NAME}|{_dotted(value)}"
        case _:
            return f"{_COUNTER64 if value > 2**31 - 1 else _INTEGER}|{value}"


def _dotted(name: Oid) -> str:
    return ".".join(map(str, name))


def _user() -> str:
    """As whom we run: it would become `nobody`, who cannot read a Python in somebody's home."""
    return "root" if os.geteuid() == 0 else ""
