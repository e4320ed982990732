"""A visit's photos and signatures are private files of its document in ERPNext, each once."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import Connection, Engine

from backend.erp.client import ErpClient, open_http
from backend.erp.worker import Worker
from backend.settings import Settings
from backend.simulators.erpnext import Fault, FaultKind
from backend.store.apply import apply_mutations
from backend.store.blobs.place import BlobName
from backend.store.blobs.received import SERVER, received_by
from backend.store.blobs.uploads import Quota, Upload, complete_upload, create_upload
from backend.store.commands import Asked, command
from backend.store.outgoing import Outgoing, read_outgoing
from backend.store.receipts import Recorded
from sync.protocol import Fate
from tests.integrations.erp_given import (
    DEVICE,
    MAPPING,
    REPAIR,
    Crash,
    DiesAfter,
    Field,
    in_the_field,
)
from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]
UPLOAD = "/api/method/upload_file"
DAY_S = 24 * 3600.0
HOUR_S = 3600.0


class There(NamedTuple):
    """A field whose photos have bytes."""

    field: Field
    bytes_of: dict[str, bytes]

    async def read(self, name: BlobName) -> bytes:
        """The bytes, as the blob store gives them."""
        if name.sha256 not in self.bytes_of:
            raise FileNotFoundError
        return self.bytes_of[name.sha256]

    def worker(self) -> Worker:
        """As after a start."""
        field = self.field
        return Worker(field.tools, field.sleep, field.entropy.random, photos=self)

    def told(self, tapped: str) -> tuple[Fate, str] | None:
        """The last that the phone heard of a mutation."""
        return self.field.receipts().get(tapped)

    async def take(self, content: bytes, kind: str = "photo", name: str = REPAIR) -> str:
        """Marc takes a photo; its mutation reaches ERPNext, its bytes are still on the phone."""
        args = {"blob": digest(content)} | ({"slot": "ont"} if kind == "photo" else SIGNED)
        tapped = await self.field.tap(kind, args, name)
        await self.worker().deliver_until_empty()
        return tapped

    async def receive(self, content: bytes, media_type: str = "image/jpeg") -> None:
        """The bytes come."""
        self.bytes_of[digest(content)] = content
        upload = self.field.tools.new_id()
        wanted = Upload(upload, DEVICE, digest(content), media_type, len(content))

        def whole(conn: Connection) -> Recorded:
            clock = self.field.tools.clock()
            create_upload(conn, wanted, Quota())
            complete_upload(conn, upload, clock.now_ms)
            told = received_by(conn, upload, clock.now_ms)
            return Recorded(apply_mutations(conn, SERVER, told, clock).poked)

        await self.field.writer.run(whole)

    async def send(self, content: bytes, **taken: str) -> str:
        """A photo with its bytes; gives the mutation id."""
        tapped = await self.take(content, **taken)
        await self.receive(content)
        return tapped

    def files(self) -> dict[str, bytes]:
        """By name the private files of the visit."""
        rows = self.field.site.database.rows("File")
        assert all(row["is_private"] == 1 for row in rows)
        own = [row for row in rows if row["attached_to_name"] == REPAIR]
        found = {str(row["file_name"]): self.field.site.files[row["file_url"]] for row in own}
        assert len(found) == len(own)
        return found

    def uploads(self) -> int:
        """How many times a file was made."""
        effects = [each for entry in self.field.site.log.entries() for each in entry.effects]
        return len([each for each in effects if each.doctype == "File"])

    def outgoing(self) -> Outgoing:
        """What the board is told."""
        with self.field.engine.begin() as conn:
            return read_outgoing(conn)

    def order(self, kind: FaultKind, times: int | None = 1, path: str = UPLOAD) -> None:
        """Let the site fail."""
        self.field.site.faults.order(Fault(kind, times=times, path=path))


SIGNED: dict[str, Any] = {"name": "Mme Roy", "moment": "conformity"}


class Resting:
    """A sleep without end; tells when every loop rests."""

    def __init__(self, loops: int) -> None:
        self._awake = loops
        self.all_asleep = asyncio.Event()

    async def sleep(self, _seconds: float) -> None:
        """What the worker rests by."""
        self._awake -= 1
        if self._awake <= 0:
            self.all_asleep.set()
        await asyncio.Event().wait()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest_asyncio.fixture
async def there(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[There]:
    async with in_the_field(simulated, engine) as field:
        yield There(field, {})


async def test_photos_and_signatures_become_private_files_of_their_visit(there: There) -> None:
    one, two = await there.send(b"one"), await there.send(b"two")
    signed = await there.send(b"name", kind="signature")

    await there.worker().attach_all()
    await there.worker().attach_all()

    assert there.files() == {f"{one}.jpg": b"one", f"{two}.jpg": b"two", f"{signed}.jpg": b"name"}
    assert (there.uploads(), there.outgoing().photos) == (3, 0)


async def test_the_running_worker_attaches_and_rests(there: There) -> None:
    taken = await there.take(b"png")
    await there.receive(b"png", "image/png")
    resting = Resting(loops=4)
    worker = Worker(there.field.tools, resting.sleep, lambda: 0.5, photos=there)

    running = asyncio.create_task(worker.run())
    await resting.all_asleep.wait()
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert there.files() == {f"{taken}.png": b"png"}


async def test_bytes_and_mutation_wait_for_each_other_for_days_and_nothing_for_them(
    there: There,
) -> None:
    taken = await there.take(b"late")
    await there.field.tap("photo", {"blob": digest(b"unfiled"), "slot": "ont"})
    await there.receive(b"unfiled")
    assert await there.worker().attach_all() == 0
    assert there.told(taken) is None

    there.field.clock.advance(3 * DAY_S)
    await there.receive(b"late")
    assert there.outgoing().photos == 2
    await there.worker().attach_all()

    assert there.files() == {f"{taken}.jpg": b"late"}
    assert there.told(taken) == (Fate.FILED, "")


async def test_the_phone_hears_of_a_photo_once_its_file_stands_in_erpnext(there: There) -> None:
    taken = await there.send(b"one")
    typed = await there.field.tap("signature", SIGNED)
    await there.worker().deliver_until_empty()
    assert (there.told(taken), there.told(typed)) == (None, (Fate.FILED, ""))
    there.order(FaultKind.LOST_ANSWER)

    await there.worker().attach_all()
    assert there.told(taken) is None
    there.field.clock.advance(HOUR_S)
    await there.worker().attach_all()

    assert there.told(taken) == (Fate.FILED, "")


async def test_after_a_lost_answer_there_is_one_file(there: There) -> None:
    await there.send(b"one")
    there.order(FaultKind.LOST_ANSWER)

    await there.worker().attach_all()
    assert (there.uploads(), there.outgoing().photos) == (1, 1)
    there.field.clock.advance(HOUR_S)
    await there.worker().attach_all()

    assert (there.uploads(), there.outgoing().photos) == (1, 0)


async def test_a_file_that_comes_after_its_time_is_not_sent_again(
    there: There, simulated: SimulatedSite
) -> None:
    await there.send(b"one")
    late: list[httpx.Request] = []
    site = simulated.transport
    assert site is not None

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == UPLOAD:
            late.append(request)
            raise httpx.ReadTimeout("no answer in time", request=request)
        return await site.handle_async_request(request)

    slow = httpx.MockTransport(answer)
    async with open_http(simulated.base_url, simulated.token, slow) as http:
        tools = there.field.tools._replace(client=ErpClient(http))
        worker = Worker(tools, there.field.sleep, lambda: 0.0, photos=there)
        assert await worker.attach_all() == 1
        there.field.clock.advance(60)
        assert await worker.attach_all() == 0
        await site.handle_async_request(late[0])
        there.field.clock.advance(60)
        assert await worker.attach_all() == 1

    assert (there.uploads(), there.outgoing().photos) == (1, 0)


async def test_a_file_that_the_site_does_not_show_is_not_taken_for_attached(
    there: There, simulated: SimulatedSite
) -> None:
    await there.send(b"one")
    site = simulated.transport
    assert site is not None

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == UPLOAD:
            return httpx.Response(200, json={"message": {"name": "lost"}})
        return await site.handle_async_request(request)

    lying = httpx.MockTransport(answer)
    async with open_http(simulated.base_url, simulated.token, lying) as http:
        tools = there.field.tools._replace(client=ErpClient(http))
        worker = Worker(tools, there.field.sleep, lambda: 0.0, photos=there)
        assert await worker.attach_all() == 1

    assert (there.uploads(), there.outgoing().photos) == (0, 1)


async def test_a_crash_between_upload_and_record_leaves_one_file(
    there: There, simulated: SimulatedSite
) -> None:
    await there.send(b"one")
    assert simulated.transport is not None
    before_the_upload = 2  # GET of the file, GET of the document
    dying = DiesAfter(simulated.transport, before_the_upload, sent=True)
    async with open_http(simulated.base_url, simulated.token, dying) as http:
        tools = there.field.tools._replace(client=ErpClient(http))
        crashing = Worker(tools, there.field.sleep, there.field.entropy.random, photos=there)
        with pytest.raises(Crash):
            await crashing.attach_all()
    assert (there.uploads(), there.outgoing().photos) == (1, 1)

    await there.worker().attach_all()

    assert (there.uploads(), there.outgoing().photos) == (1, 0)


async def test_a_refused_photo_parks_for_a_replay_and_the_visit_goes_on(there: There) -> None:
    field = there.field
    taken = await there.send(b"one")
    field.site.rename_as_office("Dispatch Job", REPAIR, "DJ-RENAMED")
    assert [await there.worker().attach_all() for _ in range(2)] == [1, 0]
    [parked] = there.outgoing().parked
    assert (parked.key, parked.error, parked.mutations) == (field.key(), "document-missing", 1)
    assert there.told(taken) == (Fate.REFUSED, "document-missing")

    field.site.rename_as_office("Dispatch Job", "DJ-RENAMED", REPAIR)
    later = await there.take(b"later")
    asked = Asked({"error": "document-missing"}, Settings(zone="America/Toronto"), field.now_ms)
    listed = await field.writer.run(command("replay list", asked))
    going = await field.writer.run(command("replay run", asked))
    await there.worker().attach_all()

    assert (there.told(taken), there.told(later)) == ((Fate.FILED, ""), None)
    assert listed[0].startswith(f"{field.key()}  document-missing  1 en attente depuis")
    assert (going, list(there.files())) == ([f"{field.key()}  à refaire"], [f"{taken}.jpg"])


async def test_uploads_that_fail_let_the_visit_s_work_go_on(there: There) -> None:
    for number in range(6):
        await there.send(str(number).encode())
    there.order(FaultKind.HTML_ERROR, times=None)
    worker = there.worker()

    assert await worker.attach_all() == 6

    await there.field.tap("note", {"text": "un"})
    await worker.deliver_until_empty()
    assert (there.field.slept_s, there.field.open_mutations()) == (0.0, 0)
    upstream = there.outgoing().upstream
    assert (upstream and upstream.down_since, there.outgoing().parked) == (None, [])
    there.field.site.faults.clear()
    there.field.clock.advance(HOUR_S)
    await worker.attach_all()
    assert there.uploads() == 6


async def test_a_site_that_takes_no_files_from_us_is_asked_once(there: There) -> None:
    taken = [await there.send(str(number).encode()) for number in range(3)]
    before = there.field.site.doctype("File")
    there.field.site.define([msgspec.structs.replace(before, permissions=())])

    assert await there.worker().attach_all() == 1

    [parked] = there.outgoing().parked
    assert (parked.error, parked.mutations) == ("PermissionError", 3)
    assert {there.told(each) for each in taken} == {(Fate.REFUSED, "PermissionError")}


async def test_a_refused_key_counts_no_attempt(there: There, simulated: SimulatedSite) -> None:
    await there.send(b"one")
    async with open_http(simulated.base_url, "no:key", simulated.transport) as http:
        tools = there.field.tools._replace(client=ErpClient(http))
        stopped = Worker(tools, there.field.sleep, there.field.entropy.random, photos=there)
        assert await stopped.attach_all() == 1
        assert await stopped.attach_all() == 0
    breaker = there.outgoing().upstream

    assert (breaker and breaker.error) == "auth:AuthenticationError"
    there.field.clock.advance(HOUR_S)
    await there.worker().attach_all()
    assert (there.uploads(), there.outgoing().photos) == (1, 0)


async def test_a_photo_whose_bytes_are_away_waits_and_no_other_waits_for_it(there: There) -> None:
    away, here = await there.send(b"away"), await there.send(b"here")
    del there.bytes_of[digest(b"away")]
    await there.worker().attach_all()
    assert list(there.files()) == [f"{here}.jpg"]

    there.bytes_of[digest(b"away")] = b"away"
    there.field.clock.advance(HOUR_S)
    await there.worker().attach_all()

    assert set(there.files()) == {f"{here}.jpg", f"{away}.jpg"}


async def test_a_mapping_that_says_so_switches_it_off(there: There) -> None:
    job = msgspec.structs.replace(MAPPING.entities["job"], attachments=False)
    off = msgspec.structs.replace(MAPPING, entities=MAPPING.entities | {"job": job})
    there.field.restart(there.field.tools._replace(mapping=off))
    taken = await there.send(b"one")

    assert await there.worker().attach_all() == 0
    assert (there.files(), there.told(taken)) == ({}, (Fate.FILED, ""))
