"""Photos in a folder and in an S3-compatible bucket: kept once, whatever is away or crashes."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from backend.errors import Refused, Unavailable
from backend.log import JsonFormatter
from backend.settings import BlobSettings
from backend.store.blobs.bucket import open_bucket
from backend.store.blobs.folder import BlobFolder
from backend.store.blobs.local import LocalPlace
from backend.store.blobs.place import BlobName, Place
from backend.store.blobs.store import BlobStore
from tests.integrations.amazon import KEY, SECRET, Amazon

PHOTO = bytes(range(256)) * 30_000  # above what clients send in several parts
NAME = BlobName(hashlib.sha256(PHOTO).hexdigest(), "00000000-0000-4000-8000-000000000001")


@pytest.fixture
def amazon() -> Iterator[Amazon]:
    """The server."""
    with Amazon() as server:
        yield server


@pytest.fixture
def settings(amazon: Amazon, tmp_path: Path) -> BlobSettings:
    """What an operator writes, and the file beside it."""
    return amazon.settings(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> BlobFolder:
    """Where photos arrive."""
    return BlobFolder(tmp_path / "blobs", lambda _: 2**40)


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, folder: BlobFolder) -> Place:
    """One of the two."""
    if request.param == "folder":
        return LocalPlace(folder.root)
    return open_bucket(request.getfixturevalue("settings"))


def arrive(folder: BlobFolder, photo: bytes = PHOTO, number: int = 1) -> BlobName:
    """A photo has come whole, and is sealed."""
    upload = f"00000000-0000-4000-8000-{number:012d}"
    name = BlobName(hashlib.sha256(photo).hexdigest(), upload)
    with folder.append(upload) as file:
        file.write(photo)
    assert folder.seal(name)
    return name


async def kept(place: Place) -> dict[BlobName, int]:
    """Everything in a place."""
    return {name: at async for page in place.pages() for name, at in page.items()}


async def test_photo_moves_to_its_place_and_is_read_there(folder: BlobFolder, place: Place) -> None:
    blobs, name = BlobStore(folder, place), arrive(folder)
    before = await blobs.read(name)

    moved = [await blobs.move(), await blobs.move()]

    assert (before, moved, folder.waiting()) == (PHOTO, [1, 0], [])
    assert await place.exists(name)
    assert await blobs.read(name) == PHOTO
    assert list(await kept(place)) == [name]


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(
    folder: BlobFolder, place: Place
) -> None:
    blobs, name = BlobStore(folder, place), arrive(folder)
    await blobs.move()

    await blobs.delete(name)
    await blobs.delete(name)

    assert not await place.exists(name)
    assert await kept(place) == {}
    with pytest.raises((FileNotFoundError, Unavailable)):
        await blobs.read(name)


async def test_same_photo_of_two_devices_is_kept_for_each(folder: BlobFolder, place: Place) -> None:
    blobs, mine, other = BlobStore(folder, place), arrive(folder), arrive(folder, number=2)
    await blobs.move()

    await blobs.delete(mine)

    assert await blobs.read(other) == PHOTO


class Watched:
    """A place that tells how many calls it has answered, each time before anything else happens."""

    def __init__(self, place: Place, answered: Callable[[int], None]) -> None:
        self._place = place
        self._answered = answered
        self._calls = 0

    def __getattr__(self, call: str) -> Any:
        async def asked(*args: Any) -> Any:
            answer = await getattr(self._place, call)(*args)
            self._calls += 1
            self._answered(self._calls)
            return answer

        return asked


class Died(BaseException):
    """The process was killed."""


@pytest.mark.parametrize("last", [1, 2, 3, 4])
async def test_crash_after_any_step_of_a_move_loses_and_doubles_nothing(
    folder: BlobFolder, place: Place, last: int
) -> None:
    def die(calls: int) -> None:
        if calls == last:
            raise Died

    names = {arrive(folder, b"one", 1), arrive(folder, b"two", 2)}
    with pytest.raises(Died):
        await BlobStore(folder, Watched(place, die)).move()

    again = BlobStore(BlobFolder(folder.root), place)  # the next start
    readable = {await again.read(name) for name in names}
    await again.move()

    assert readable == {b"one", b"two"}
    assert folder.waiting() == []
    assert set(await kept(place)) == names
    assert {await again.read(name) for name in names} == {b"one", b"two"}


async def test_bucket_that_is_away_loses_nothing_and_is_told_of_once(
    folder: BlobFolder, settings: BlobSettings, amazon: Amazon, caplog: pytest.LogCaptureFixture
) -> None:
    blobs = BlobStore(folder, open_bucket(settings))
    there = arrive(folder, b"there")
    await blobs.move()
    amazon.go_away()
    waiting = arrive(folder, b"waiting", 2)

    for _ in range(2):
        with pytest.raises(Unavailable):
            await blobs.move()
        with pytest.raises(Unavailable):
            await blobs.read(there)
    assert await blobs.read(waiting) == b"waiting"
    amazon.come_back()
    moved = await blobs.move()

    assert moved == 1
    assert [await blobs.read(name) for name in (there, waiting)] == [b"there", b"waiting"]
    told = [record.message for record in caplog.records if record.name == "terrain"]
    assert told == ["the bucket of photos is away", "the bucket of photos is back"]


async def test_loop_moves_what_waited_while_the_bucket_was_away(
    folder: BlobFolder, settings: BlobSettings, amazon: Amazon
) -> None:
    moved, name = asyncio.Event(), arrive(folder)
    bucket = Watched(open_bucket(settings), lambda calls: moved.set() if calls == 2 else None)
    blobs = BlobStore(folder, bucket)
    amazon.go_away()
    running = asyncio.create_task(blobs.run())
    with pytest.raises(Unavailable):
        await blobs.move()
    amazon.come_back()

    blobs.wake()
    async with asyncio.timeout(30):
        await moved.wait()

    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert amazon.keys() == [f"terrain/prod/{name.path}"]
    assert await blobs.read(name) == PHOTO


async def test_bucket_that_does_not_exist_takes_nothing_away(
    folder: BlobFolder, settings: BlobSettings
) -> None:
    wrong = BlobSettings("s3://nowhere", settings.endpoint, "x", settings.credentials_file)
    blobs, name = BlobStore(folder, open_bucket(wrong)), arrive(folder)

    with pytest.raises(Unavailable):
        await blobs.move()

    assert folder.waiting() == [name]


async def test_photos_of_the_folder_follow_into_a_bucket(
    folder: BlobFolder, settings: BlobSettings, amazon: Amazon
) -> None:
    name = arrive(folder)
    await BlobStore(folder, LocalPlace(folder.root)).move()

    folder.seal_again()
    blobs = BlobStore(folder, open_bucket(settings))
    before = await blobs.read(name)
    await blobs.move()

    assert (before, await blobs.read(name)) == (PHOTO, PHOTO)
    assert amazon.keys() == [f"terrain/prod/{name.path}"]
    assert await kept(LocalPlace(folder.root)) == {}


async def test_more_objects_than_one_answer_holds_are_all_listed(
    settings: BlobSettings, tmp_path: Path
) -> None:
    bucket, photo = open_bucket(settings), tmp_path / "photo"
    photo.write_bytes(b"x")
    names = {BlobName(NAME.sha256, f"00000000-0000-4000-8000-{n:012d}") for n in range(1002)}

    at_once = asyncio.Semaphore(20)

    async def put(name: BlobName) -> None:
        async with at_once:
            await bucket.put(name, photo)

    await asyncio.gather(*map(put, names))

    assert set(await kept(bucket)) == names


class Heard:
    """A server that only hears how it is asked, and says no."""

    def __init__(self, status: int) -> None:
        self.head = ""
        self._status = status

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.head = (await reader.readuntil(b"\r\n\r\n")).decode()
        body = f"<Error><AWSAccessKeyId>{KEY}</AWSAccessKeyId></Error>"
        answer = f"HTTP/1.1 {self._status} No\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        writer.write(answer.encode())
        await writer.drain()
        writer.close()


async def test_credentials_come_from_their_file_alone_and_reach_no_log(
    settings: BlobSettings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ENVIRONMENT")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "environment-token")
    heard = Heard(403)
    async with await asyncio.start_server(heard, "127.0.0.1", 0) as server:
        endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        bucket = open_bucket(
            BlobSettings(settings.url, endpoint, "ca-central-1", settings.credentials_file)
        )
        with pytest.raises(Refused) as refused:
            await bucket.exists(NAME)

    assert f"Credential={KEY}/" in heard.head
    assert "environment" not in heard.head.lower()
    lines = "\n".join(JsonFormatter().format(record) for record in caplog.records)
    said = f"{lines} {refused.value!r} {refused.value.__cause__!r} {vars(bucket)!r}"
    assert "the bucket of photos is away" in lines
    assert not [word for word in (KEY, SECRET) if word in said]


WRONG: Mapping[str, dict[str, str]] = {
    "another kind of URL": {"url": "https://photos.example"},
    "no bucket": {"url": "s3:///prefix"},
    "no file": {"credentials_file": ""},
    "a file without a secret": {"credentials_file": "{half}"},
}


@pytest.mark.parametrize("name", WRONG)
def test_setting_that_cannot_be_stops_the_start_and_says_no_secret(
    name: str, tmp_path: Path
) -> None:
    full, half = tmp_path / "full", tmp_path / "half"
    full.write_text(f"{KEY}:{SECRET}")
    half.write_text(SECRET)
    usual = {"url": "s3://photos", "credentials_file": str(full)}
    given = {key: value.format(half=half) for key, value in (usual | WRONG[name]).items()}

    with pytest.raises(ValueError, match=r"\w") as error:
        open_bucket(BlobSettings(**given))

    assert SECRET not in str(error.value)
