"""The bytes of the app: what the first answer takes on the wire, and the scripts of the build."""

import json
import socket
from pathlib import Path
from typing import Final

from bench.page.served import Served
from tests.e2e.built_app import PWA, built_app
from tests.e2e.processes import HOST

_LIMITS: Final = PWA / ".size-limit.json"
_PIECE: Final = 65536


def first_view(served: Served) -> int:
    """Bytes of the whole answer with the day, headers included, as a browser that takes brotli
    gets it."""
    cookie = "; ".join(f"{each['name']}={each['value']}" for each in served.cookies)
    asked = (
        f"GET /t/ HTTP/1.1\r\nHost: {HOST}:{served.proxy.port}\r\nCookie: {cookie}\r\n"
        "Accept: text/html\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: fr-CA\r\n"
        "Connection: close\r\n\r\n"
    )
    with socket.create_connection((HOST, served.proxy.port), 10.0) as wire:
        wire.sendall(asked.encode())
        answer = b"".join(iter(lambda: wire.recv(_PIECE), b""))
    assert answer.startswith(b"HTTP/1.1 200"), answer[:200]  # noqa: S101  (a bench)
    return len(answer)


def day_scripts() -> int:
    """Brotli bytes of the scripts that the day needs before it can be used, in French."""
    build = json.loads((built_app() / "build.json").read_text("utf-8"))
    files = [build["tech.js"], *build["tech.imports"], build["tech.words"]["fr"]]
    return sum(_sent(built_app() / file) for file in files)


def app_scripts() -> int:
    """Brotli bytes of the app without what comes after the day, in French: the first line of
    `npm run size`."""
    patterns: list[str] = json.loads(_LIMITS.read_text("utf-8"))[0]["path"]
    files = {file for each in patterns if each[0] != "!" for file in PWA.glob(each)}
    apart = {file for each in patterns if each[0] == "!" for file in PWA.glob(each[1:])}
    return sum(_sent(each) for each in files - apart)


def _sent(file: Path) -> int:
    """The brotli copy is what the server sends; it has none of a file that would only grow."""
    smaller = Path(f"{file}.br")
    return (smaller if smaller.exists() else file).stat().st_size
