"""A chassis behind net-snmp's own agent, which speaks v2c and v3 without a line of ours."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from backend.simulators.olt.agent import COMMUNITY

USER: Final = "terrain"
AUTH_KEY: Final = "simulated-auth-key"
PRIV_KEY: Final = "simulated-priv-key"
_SYSTEM: Final = {"huawei": ".1.3.6.1.4.1.2011.2.248", "zte": ".1.3.6.1.4.1.3902.1082.1001.320"}


def program() -> str:
    """Where snmpd is, "" when it is not installed. It lives in sbin, which not every PATH has."""
    return shutil.which("snmpd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or ""


@asynccontextmanager
async def snmpd(kind: str, count: int, port: int) -> AsyncIterator[None]:
    """Listen on that loopback port as an OLT of that kind with so many terminals: COMMUNITY by v2c,
    USER by v3 (SHA-256, AES-128)."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "snmpd.conf"
        config.write_text(_config(kind, count, port), "utf-8")
        process = await asyncio.create_subprocess_exec(
            *(program(), "-f", "-Le", "-C", "-c", str(config), "-I", "-smux"),
            env={**os.environ, "SNMP_PERSISTENT_DIR": folder},
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            await _listening(process)
            yield
        finally:
            process.terminate()
            await process.wait()


async def _listening(process: asyncio.subprocess.Process) -> None:
    """It says its version once its sockets are open."""
    if process.stderr is None:
        return
    while line := await process.stderr.readline():
        if b"NET-SNMP version" in line:
            return
    raise OSError(f"snmpd: {process.returncode}")


def _config(kind: str, count: int, port: int) -> str:
    table = "2011.6" if kind == "huawei" else "3902.1082.500"
    program = f"{sys.executable} -m backend.simulators.olt.pass_persist {kind} {count}"
    return f"""\
agentaddress udp:127.0.0.1:{port}
rocommunity {COMMUNITY} 127.0.0.1
createUser {USER} SHA-256 "{AUTH_KEY}" AES "{PRIV_KEY}"
rouser {USER} priv
sysobjectid {_SYSTEM[kind]}
pass_persist .1.3.6.1.4.1.{table} {program}
"""
