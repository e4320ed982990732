"""An S3-compatible server in this process, with one bucket, that can go away and come back."""

import logging
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx
from moto.server import ThreadedMotoServer

from backend.settings import BlobSettings

KEY: Final = "TERRAINKEY"
SECRET: Final = "wJalr/very+secret"  # noqa: S105  (of nothing)
BUCKET: Final = "photos"

logging.getLogger("werkzeug").setLevel(logging.WARNING)


class Amazon:
    """The server; what it keeps outlives its being away."""

    def __init__(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        self.host, self.port = self._server.get_host_and_port()
        self.url = f"http://{self.host}:{self.port}"
        httpx.post(f"{self.url}/moto-api/reset").raise_for_status()
        httpx.put(f"{self.url}/{BUCKET}").raise_for_status()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.go_away()

    def settings(self, folder: Path) -> BlobSettings:
        """What an operator writes; the secret goes into a file of `folder`."""
        secret = folder / "bucket.secret"
        secret.write_text(f"{KEY}:{SECRET}\n", "utf-8")
        return BlobSettings(f"s3://{BUCKET}/terrain/prod", self.url, "ca-central-1", str(secret))

    def go_away(self) -> None:
        """Close the port."""
        self._server.stop()

    def come_back(self) -> None:
        """Listen on the same port."""
        self._server = ThreadedMotoServer(ip_address=self.host, port=self.port, verbose=False)
        self._server.start()

    def keys(self) -> list[str]:
        """The key of every object."""
        listed = httpx.get(f"{self.url}/{BUCKET}?list-type=2").text
        return [part.partition("</Key>")[0] for part in listed.split("<Key>")[1:]]
