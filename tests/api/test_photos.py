"""GET of a photo: who may look at it, and how it is sent to them."""

import hashlib
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, cast

import httpx
import pytest
from sqlalchemy import Connection, func, select

from backend.app import create_app
from backend.installation import Installation
from backend.settings import Settings
from backend.store.blobs.references import Shown, shown_to_staff
from backend.store.links import create_link
from backend.store.tables import cell, mutation, record
from sync.protocol import PROTOCOL, Kind
from tests.api.installation import a_build, enrolled, people
from tests.given import JOB, JULIE, MARC, NOW_MS, OTHER_JOB, a_visit, upstream, uuid7
from tests.integrations.amazon import Amazon
from tests.rows import row

PHOTO = b"\xff\xd8\xff" + bytes(range(256)) * 40
SHA256 = hashlib.sha256(PHOTO).hexdigest()
NOTHING = {"error": "not-found", "reason": ""}


class Phone(NamedTuple):
    """An enrolled phone that sends photos and mutations by hand."""

    http: httpx.AsyncClient
    device: str

    async def send(self, photo: bytes = PHOTO, upto: int | None = None) -> None:
        """Upload a photo, or its beginning."""
        sha256 = hashlib.sha256(photo).hexdigest()
        said = f"sha256 {encoded(sha256)},filetype {encoded('image/jpeg')}"
        begun = {"Upload-Length": str(len(photo)), "Upload-Metadata": said}
        made = await self.http.post("/api/blobs", headers=begun)
        piece = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        await self.http.patch(made.headers["location"], content=photo[:upto], headers=piece)

    async def name(self, number: int = 1, seq: int = 1, key: str = JOB, **args: Any) -> str:
        """Push a mutation that names a photo; gives its outcome."""
        sent = {"id": uuid7(number), "seq": seq, "key": key, "base": 0, "made_at": NOW_MS}
        sent |= {"kind": "scan", "args": {"blob": SHA256, **args}, "blobs": [SHA256]}
        body = {"protocol": PROTOCOL, "device": self.device, "epoch": 1, "mutations": [sent]}
        reply = (await self.http.post("/api/sync", json=body)).json()
        outcome: str = reply["verdicts"][0][1]
        return outcome

    async def look(self, sha256: str = SHA256) -> httpx.Response:
        """Ask for a photo."""
        return await self.http.get(f"/api/blobs/{sha256}")


class World(NamedTuple):
    """A running application with a visit of Marc's and one of Julie's."""

    parts: Installation
    app: Any

    async def phone(self, technician: str) -> Phone:
        """A new phone of a technician's."""
        link = await self.parts.store.writer.run(
            lambda conn: create_link(conn, technician, NOW_MS, 14, 3)
        )
        transport = httpx.ASGITransport(cast(Any, self.app))
        http = httpx.AsyncClient(transport=transport, base_url="https://terrain.test")
        page = await enrolled(http, link.token)
        day = page.text.partition('id="day">')[2].partition("</script>")[0]
        http.headers.update({"X-Terrain": "1", "Tus-Resumable": "1.0.0"})
        return Phone(http, json.loads(day)["device"])

    async def office_look(self, sha256: str = SHA256, host: str = "localhost") -> httpx.Response:
        """A dispatcher asks for a photo."""
        transport = httpx.ASGITransport(cast(Any, self.app))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as http:
            return await http.get(f"/board/blobs/{sha256}")

    def lose_bytes(self) -> None:
        """The files of the photo go, as with a disk that was not restored."""
        for path in Path(self.parts.settings.data, "blobs").glob(f"*/{SHA256}.*"):
            path.unlink()

    async def visit(self, number: int, key: str, **cells: Any) -> None:
        """The office changes a visit."""
        await self.parts.store.writer.run(
            lambda conn: upstream(conn, number, key, f"DJ-{int(key[-2:], 16):05d}", **cells)
        )


def encoded(text: str) -> str:
    """Base64, as tus has it."""
    return b64encode(text.encode()).decode()


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """The whole application, its photos in the data folder."""
    async with running(database_url, tmp_path) as world:
        yield world


@asynccontextmanager
async def running(database_url: str, folder: Path, **changed: Any) -> AsyncIterator[World]:
    """The whole application."""
    data, pwa = str(folder / "data"), str(a_build(folder / "dist"))
    usual = {"data": data, "database": database_url, "pwa": pwa, "profile": "demo"}
    settings = Settings(**(usual | changed))
    app = create_app(settings, lambda: NOW_MS)
    parts: Installation = app.state.installation
    async with parts.lifespan(app):
        await parts.store.writer.run(people)
        await parts.store.writer.run(lambda conn: a_visit(conn, OTHER_JOB, technician=JULIE))
        yield World(parts, app)


def shown_to_anybody(conn: Connection, sha256: str, *_: str) -> Shown:
    """Any photo that somebody named, by its hash alone."""
    return shown_to_staff(conn, sha256)


async def test_device_sees_the_photo_it_sent_before_anything_names_it(world: World) -> None:
    marc = await world.phone(MARC)
    await marc.send()

    answer = await marc.look()

    assert (answer.status_code, answer.content) == (200, PHOTO)


async def test_colleague_sees_a_photo_of_a_visit_while_he_holds_it(world: World) -> None:
    marc, julie = await world.phone(MARC), await world.phone(JULIE)
    await marc.send()
    await marc.name()
    alone = await julie.look()
    await world.visit(50, JOB, assistants=[JULIE])
    helping = await julie.look()
    await world.visit(51, JOB, assistants=[])
    gone = await julie.look()

    assert [each.status_code for each in (alone, helping, gone)] == [404, 200, 404]
    assert helping.content == PHOTO


async def test_other_phone_of_the_same_technician_sees_it_by_the_visit(world: World) -> None:
    old, new = await world.phone(MARC), await world.phone(MARC)
    await old.send()
    before = await new.look()
    await old.name()

    assert (before.status_code, (await new.look()).status_code) == (404, 200)


@row(35, without={"backend.replication.api.shown_to_phone": shown_to_anybody})
async def test_hash_alone_opens_nothing_even_when_one_names_it_oneself(world: World) -> None:
    marc, julie = await world.phone(MARC), await world.phone(JULIE)
    await marc.send()
    await marc.name()

    outcome = await julie.name(2, key=OTHER_JOB)

    looked = await julie.look()
    assert outcome == "applied"
    assert looked.status_code == 404
    assert looked.json() == NOTHING


async def test_mutation_that_was_not_accepted_shows_nothing_to_others(world: World) -> None:
    marc, julie = await world.phone(MARC), await world.phone(JULIE)
    await world.visit(50, JOB, assistants=[JULIE])
    await marc.send()

    assert await marc.name(1, unknown=True) == "rejected"
    assert (await julie.look()).status_code == 404
    assert await marc.name(2, 2) == "applied"
    assert (await julie.look()).status_code == 200


async def test_photo_of_a_deleted_visit_is_no_longer_shown_to_others(world: World) -> None:
    old, new = await world.phone(MARC), await world.phone(MARC)
    await old.send()
    await old.name()
    assert (await new.look()).status_code == 200
    gone = record.update().where(record.c.key == JOB).values(deleted=9)
    await world.parts.store.writer.run(lambda conn: conn.execute(gone).rowcount)

    assert ((await old.look()).status_code, (await new.look()).status_code) == (200, 404)


async def test_every_photo_that_may_not_be_seen_is_the_same_nothing(world: World) -> None:
    marc, julie = await world.phone(MARC), await world.phone(JULIE)
    await marc.send()
    half = PHOTO + b"half"
    await julie.send(half, upto=100)

    for sha256 in (SHA256, hashlib.sha256(half).hexdigest(), "0" * 64, "x", "%2e%2e"):
        answer = await julie.look(sha256)
        assert (answer.status_code, answer.json()) == (404, NOTHING)


async def test_photo_whose_bytes_are_lost_is_not_found(world: World) -> None:
    marc = await world.phone(MARC)
    await marc.send()
    await marc.look()
    world.lose_bytes()

    assert (await marc.look()).status_code == 404


async def test_photo_of_a_bucket_that_is_away_is_to_be_asked_for_again(
    database_url: str, tmp_path: Path
) -> None:
    with Amazon() as amazon:
        async with running(database_url, tmp_path, blobs=amazon.settings(tmp_path)) as world:
            marc = await world.phone(MARC)
            await marc.send()
            await world.parts.blobs.move()
            moved = await marc.look()
            amazon.go_away()

            away = await marc.look()
            await marc.send(b"another")
            waits = await marc.look(hashlib.sha256(b"another").hexdigest())
            amazon.come_back()
            back = await marc.look()
            await world.parts.blobs.move()
            keys = amazon.keys()

    assert (moved.content, waits.content, back.content) == (PHOTO, b"another", PHOTO)
    assert (away.status_code, away.json()["error"]) == (503, "photos-away")
    assert away.headers["retry-after"] == "5"
    assert away.headers["cache-control"] == "no-store"
    assert len(keys) == 2


async def test_photo_is_sent_as_bytes_of_a_stranger(world: World) -> None:
    marc = await world.phone(MARC)
    await marc.send()

    answer = await marc.http.get(f"/api/blobs/{SHA256}", headers={"Accept-Encoding": "br, gzip"})

    assert {name: answer.headers.get(name) for name in SAFE} == SAFE
    assert "content-encoding" not in answer.headers


SAFE = {
    "content-type": "image/jpeg",
    "content-length": str(len(PHOTO)),
    "content-disposition": f'attachment; filename="{SHA256[:12]}.jpeg"',
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "private, max-age=31536000, immutable",
    "vary": "Cookie",
}


async def test_phone_without_a_session_is_asked_to_enrol(world: World) -> None:
    transport = httpx.ASGITransport(world.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://terrain.test") as http:
        answer = await http.get(f"/api/blobs/{SHA256}")

    assert answer.status_code == 401


async def test_paths_of_photos_and_of_uploads_do_not_hide_one_another(world: World) -> None:
    marc = await world.phone(MARC)
    await marc.send()

    asked = await marc.http.request("OPTIONS", f"/api/blobs/{SHA256}")
    upload = await marc.http.head(f"/api/blobs/{SHA256}")

    assert asked.headers["tus-version"] == "1.0.0"
    assert (upload.status_code, upload.headers["tus-resumable"]) == (404, "1.0.0")
    assert (await marc.look()).status_code == 200


async def test_office_sees_what_a_mutation_names_refused_ones_too(world: World) -> None:
    marc = await world.phone(MARC)
    await marc.send()
    unnamed = await world.office_look()
    await marc.name(1, unknown=True)

    named = await world.office_look()

    assert (unnamed.status_code, unnamed.json()) == (404, NOTHING)
    assert (named.status_code, named.content) == (200, PHOTO)
    assert {name: named.headers.get(name) for name in SAFE} == SAFE


async def test_office_does_not_see_a_photo_that_another_device_sent(world: World) -> None:
    marc, julie = await world.phone(MARC), await world.phone(JULIE)
    await marc.send()
    await julie.name(1, key=OTHER_JOB)

    assert (await world.office_look()).status_code == 404


async def test_nobody_but_staff_sees_photos_by_the_board(world: World) -> None:
    marc = await world.phone(MARC)
    await marc.send()
    await marc.name()

    assert (await world.office_look(host="terrain.test")).status_code == 401
    assert (await marc.http.get(f"/board/blobs/{SHA256}")).status_code == 401


async def test_mutation_that_cannot_be_read_names_its_photo_all_the_same(world: World) -> None:
    marc = await world.phone(MARC)
    await marc.send()
    odd = {"id": uuid7(1), "seq": 1, "kind": "scan", "key": 7, "args": {"blob": SHA256.upper()}}
    body = {"protocol": PROTOCOL, "device": marc.device, "epoch": 1, "mutations": [odd]}

    await marc.http.post("/api/sync", json=body)

    kept = await world.parts.store.read(
        lambda conn: conn.scalar(select(mutation.c.outcome).where(mutation.c.id == uuid7(1)))
    )
    assert kept == "parked"
    assert (await world.office_look()).status_code == 200


@pytest.mark.parametrize("first", ["mutation", "bytes"])
async def test_a_record_is_told_once_that_the_bytes_of_its_photo_are_here(
    world: World, first: str
) -> None:
    marc = await world.phone(MARC)

    if first == "bytes":
        await marc.send()
    await marc.name()
    await marc.send()

    told = await world.parts.store.read(_told)
    assert [json.loads(value)["received_at"] for value in told.scans] == [NOW_MS]
    assert told.mutations == 1


class Told(NamedTuple):
    """The scans of all records, and how many `received` mutations there are."""

    scans: list[str]
    mutations: int


def _told(conn: Connection) -> Told:
    scans = select(cell.c.value).where(cell.c.path.startswith("scans/"))
    told = select(func.count()).where(mutation.c.kind == Kind.RECEIVED)
    return Told(list(conn.scalars(scans)), conn.execute(told).scalar_one())
