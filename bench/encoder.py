"""Requests as the phone itself writes them: its own TypeScript, run by Node."""

import subprocess
import tempfile
from base64 import b64decode
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from bench.corpus import Edit

PWA: Final = Path(__file__).parents[1] / "pwa"
TAP_MS: Final = 7 * 60_000 // 50


class Body(msgspec.Struct, frozen=True):
    """One request: the ids of its mutations in order, and its bytes as they are sent."""

    ids: tuple[str, ...]
    gzip: bool
    base64: str

    @property
    def content(self) -> bytes:
        """The bytes."""
        return b64decode(self.base64)


class Offline(NamedTuple):
    """A phone without network: what it had pulled, and what was done on it since `began` (UTC
    ms); `taps_ms` is when each edit was made after that, every TAP_MS when it is not said."""

    device: str
    technician: str
    changes: dict[str, Any]
    edits: list[Edit]
    began: int
    taps_ms: tuple[int, ...] = ()


def encode(
    phones: list[Offline], limit: int, sizes: list[list[int]] | None = None
) -> list[list[Body]]:
    """The requests of each phone, of at most `limit` mutations, or of so many as its `sizes`
    say."""
    batches = sizes or [[]] * len(phones)
    with tempfile.TemporaryDirectory() as folder:
        vite = str(PWA / "node_modules/.bin/vite")
        build = [vite, "build", "--config", "bench/vite.config.ts", "--outDir", folder]
        subprocess.run(build, cwd=PWA, check=True)  # noqa: S603  (our own)
        ran = subprocess.run(  # noqa: S603  (our own)
            ["node", f"{folder}/encode.mjs"],  # noqa: S607  (wherever Node is)
            input=msgspec.json.encode(
                [_asked(each, limit, of) for each, of in zip(phones, batches, strict=True)]
            ),
            stdout=subprocess.PIPE,
            check=True,
        )
    return [msgspec.json.decode(line, type=list[Body]) for line in ran.stdout.splitlines()]


def _asked(phone: Offline, limit: int, sizes: list[int]) -> dict[str, Any]:
    pulled = {name: phone.changes[name] for name in ("cursor", "sequence", "epoch")}
    taps_ms = phone.taps_ms or [number * TAP_MS for number in range(len(phone.edits))]
    edits = [
        {**each._asdict(), "at": phone.began + at}
        for each, at in zip(phone.edits, taps_ms, strict=True)
    ]
    return {
        "device": phone.device,
        "technician": phone.technician,
        "limit": limit,
        "sizes": sizes,
        "pulled": pulled,
        "edits": edits,
    }
