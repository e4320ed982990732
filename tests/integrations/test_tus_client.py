"""An ordinary tus client (tus-js-client under Node) against the served application, unchanged."""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from backend.store.engine import writing_engine
from backend.store.links import create_link
from backend.store.schema import upgrade
from tests.api.installation import form_token, people
from tests.e2e.built_app import PWA
from tests.e2e.processes import Server, wait_for
from tests.e2e.proxy import Proxy, Shape, Signal
from tests.given import MARC

SIZE: Final = 2_000_000
SLOWLY: Final = Shape(up_bytes_s=1_000_000)


class World:
    """A server, the network in front of it, a program that has a session, and a new photo."""

    def __init__(self, server: Server, cookie: str, proxy: Proxy, folder: Path) -> None:
        self.server = server
        self.cookie = cookie
        self.proxy = proxy
        self.folder = folder
        self.photo = os.urandom(SIZE)
        self.sha256 = hashlib.sha256(self.photo).hexdigest()
        (folder / "photo.jpg").write_bytes(self.photo)

    def client(self, urls: str = "urls.json", **options: Any) -> subprocess.Popen[str]:
        """A new instance of the client, sending the photo; it remembers its uploads in `urls`."""
        given = {
            "endpoint": f"{self.proxy.url}/api/blobs",
            "headers": {"Cookie": self.cookie},
            "metadata": {
                "filename": "IMG_0001.jpg",
                "filetype": "image/jpeg",
                "sha256": self.sha256,
            },
            "file": str(self.folder / "photo.jpg"),
            "urls": str(self.folder / urls),
        }
        asked = self.folder / "client.json"
        asked.write_text(json.dumps(given | options), "utf-8")
        with asked.open() as stdin:
            return subprocess.Popen(  # noqa: S603  (our own program)
                [shutil.which("node") or "node", str(PWA / "tests" / "tus" / "client.mjs")],
                stdin=stdin,
                stdout=subprocess.PIPE,
                text=True,
            )

    def send(self, **options: Any) -> dict[str, Any]:
        """What a client says at its end."""
        return outcome(self.client(**options))

    def partial_bytes(self) -> int:
        """How much of an unfinished upload is on the server's disk."""
        found = (self.server.data / "blobs" / "uploads").glob("*")
        return sum(file.stat().st_size for file in found)

    def rows(self) -> list[Any]:
        """The uploads of the photo: how much of each is here, and whether it is whole."""
        query = "SELECT offset, complete_at > 0 FROM blob WHERE sha256 = ?"
        with closing(sqlite3.connect(self.server.database, timeout=10.0)) as conn:
            return conn.execute(query, [self.sha256]).fetchall()

    def sent(self, method: str) -> list[int]:
        """The sizes of the bodies that went to the server, by requests of a method."""
        return [len(each.body) for each in self.proxy.asked(f"{method} /api/blobs")]


def outcome(client: subprocess.Popen[str]) -> dict[str, Any]:
    """The one line that a client prints."""
    output, _ = client.communicate(timeout=60)
    said: dict[str, Any] = json.loads(output)
    return said


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A running server, and the cookie of Marc's program."""
    server = Server(tmp_path_factory.mktemp("server"))
    token = a_link(server)
    try:
        server.start()
        yield server, enrolled(server, token)
    finally:
        server.kill()


@pytest.fixture
def world(served: tuple[Server, str], tmp_path: Path) -> Iterator[World]:
    """The server behind a network of its own."""
    server, cookie = served
    proxy = Proxy(server.port)
    yield World(server, cookie, proxy, tmp_path)
    proxy.close()


def a_link(server: Server) -> str:
    """The database as an installation has it, and the token of a new link."""
    server.data.mkdir()
    engine = writing_engine(f"sqlite:///{server.database}")
    upgrade(engine)
    with engine.begin() as conn:
        people(conn)
        token = create_link(conn, MARC, 2**42, 14, 3).token
    engine.dispose()
    return token


def enrolled(server: Server, token: str) -> str:
    """The cookie that the button of a link's page gives."""
    page = httpx.get(f"{server.url}/t/{token}").text
    form, head = {"form_token": form_token(page)}, {"Origin": server.url}
    answer = httpx.post(f"{server.url}/t/{token}", data=form, headers=head)
    return answer.headers["set-cookie"].partition(";")[0]


def test_photo_is_uploaded(world: World) -> None:
    said = world.send()

    assert re.fullmatch(rf"{world.proxy.url}/api/blobs/[0-9a-f-]{{36}}", said["url"])
    assert world.rows() == [(SIZE, 1)]
    seen = httpx.get(
        f"{world.server.url}/api/blobs/{world.sha256}", headers={"Cookie": world.cookie}
    )
    assert seen.content == world.photo


def test_upload_that_was_cut_is_resumed_by_a_new_client(world: World) -> None:
    world.proxy.shape = SLOWLY
    first = world.client(retryDelays=None)
    wait_for("half of the photo", lambda: world.partial_bytes() > SIZE / 2, 30.0)
    world.proxy.set(Signal.REFUSE)
    cut = outcome(first)
    world.proxy.set(Signal.LIGHT)
    world.proxy.shape = Shape()

    said = world.send()

    assert "error" in cut
    assert (said["resumed"], said.get("error")) == (True, None)
    assert world.rows() == [(SIZE, 1)]
    assert world.sent("POST") == [0]
    assert 0 < world.sent("PATCH")[-1] < SIZE / 2


def test_connection_that_breaks_is_taken_up_by_the_same_client(world: World) -> None:
    world.proxy.shape = SLOWLY
    client = world.client(retryDelays=[0, 100, 300])
    wait_for("half of the photo", lambda: world.partial_bytes() > SIZE / 2, 30.0)
    world.proxy.set(Signal.REFUSE)
    world.proxy.set(Signal.LIGHT)

    said = outcome(client)

    assert (said["resumed"], said.get("error")) == (False, None)
    assert world.rows() == [(SIZE, 1)]
    assert world.sent("PATCH")[-1] < SIZE / 2


def test_same_photo_again_is_not_kept_twice(world: World) -> None:
    first = world.send()
    remembered = world.send()
    asked = len(world.sent("PATCH"))
    forgot = world.send(urls="others.json")

    assert (remembered["resumed"], forgot["resumed"]) == (True, False)
    assert {first["url"], remembered["url"], forgot["url"]} == {first["url"]}
    assert asked == 1
    assert world.rows() == [(SIZE, 1)]
    kept = list((world.server.data / "blobs").glob(f"*/{world.sha256}.*"))
    assert len(kept) == 1


def test_small_pieces_and_nothing_but_post_do_as_well(world: World) -> None:
    said = world.send(chunkSize=300_000, overridePatchMethod=True)

    assert said.get("error") is None
    assert world.rows() == [(SIZE, 1)]
    assert world.sent("POST") == [0, *[300_000] * 6, 200_000]


def test_upload_that_the_server_has_forgotten_begins_anew(world: World) -> None:
    world.proxy.shape = SLOWLY
    first = world.client(retryDelays=None)
    wait_for("some of the photo", lambda: world.partial_bytes() > 0, 30.0)
    world.proxy.set(Signal.REFUSE)
    outcome(first)
    world.server.stop()
    with closing(sqlite3.connect(world.server.database)) as conn:
        conn.execute("UPDATE blob SET created_at = 0 WHERE complete_at IS NULL")
        conn.commit()
    world.server.start()
    world.proxy.set(Signal.LIGHT)
    world.proxy.shape = Shape()

    said = world.send()

    assert (said["resumed"], said.get("error")) == (True, None)
    assert world.rows() == [(SIZE, 1)]
    assert world.sent("PATCH")[-1] == SIZE


def test_what_is_not_supported_is_refused_and_not_half_done(world: World) -> None:
    unknown = world.send(metadata={"filetype": "image/jpeg"}, retryDelays=None)
    deferred = world.send(uploadLengthDeferred=True, retryDelays=None)
    (world.folder / "photo.jpg").write_bytes(world.photo[:1000])
    within = world.send(uploadDataDuringCreation=True, retryDelays=None)

    assert "response code: 400" in unknown["error"]
    assert "response code: 400" in deferred["error"]
    assert "response code: 415" in within["error"]
    assert world.rows() == []
