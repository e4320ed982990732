"""The scan worker: a photo and its scan, in either order, become an answer exactly once."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select
from zxingcpp import BarcodeFormat

from backend.errors import Busy
from backend.simulators.gemini import Fault, GeminiSimulator
from backend.store.blobs.bucket import open_bucket
from backend.store.blobs.folder import BlobFolder
from backend.store.blobs.garbage import Sweeper
from backend.store.blobs.place import BlobName
from backend.store.blobs.store import BlobStore
from backend.store.clock import DAY_MS, Clock
from backend.store.pull import pull
from backend.store.scans import file_reading, scans_to_read
from backend.store.tables import binding, blob, record
from backend.store.tables import mutation as mutations
from backend.vision.decode import Code, Decoder, check_image
from backend.vision.reading import LabelReader
from backend.vision.worker import AGAIN_S, SWEEP_S, TRIES, ScanWorker, answer
from sync.state import Actor, ActorKind
from tests.given import (
    CLOCK,
    JOB,
    MARC,
    NOW_MS,
    OTHER_JOB,
    upstream,
    uuid7,
)
from tests.integrations.amazon import Amazon
from tests.integrations.scan_world import LABEL, World, all_rows, opened
from tests.integrations.test_adviser import SAID, advised
from tests.integrations.virtual_time import in_virtual_time, now
from tests.labels import code, photo, saved, sheet

OTHER_DEVICE = "00000000-0000-7000-8000-0000000000d2"
HOME = "location/00000000-0000-7000-8000-0000000000b1"
ELSEWHERE = "location/00000000-0000-7000-8000-0000000000b2"


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A store with one visit, and a worker that nobody runs yet."""
    async with opened(database_url, tmp_path) as world:
        yield world


async def test_photo_with_one_serial_becomes_equipment(world: World) -> None:
    await world.scan(action="replace")
    await world.send()

    assert await world.worker.read_waiting() == 1

    scan = await world.shown_scan()
    assert scan["state"] == "read"
    assert (scan["by"], scan["at"]) == ("Marc", NOW_MS)
    assert {(c["type"], c["value"]) for c in scan["codes"]} == {
        ("gpon-serial", "ZTEG4F5A0ED5"),
        ("mac", "10394EB5DA90"),
    }
    assert await world.equipment() == [
        {
            "action": "replace",
            "serial": "ZTEG4F5A0ED5",
            "type": "ONT",
            "symbology": "code_128",
            "source": "photo",
            "scan": uuid7(1),
            "stage": "server",
            "decoder": "zbar",
            "step": "photo",
            "photo": hashlib.sha256(LABEL).hexdigest(),
            "at": NOW_MS,
            "by": "Marc",
        }
    ]
    assert await world.store.read(lambda conn: conn.scalar(select(binding.c.key))) == JOB
    assert await world.store.read(lambda conn: conn.scalar(select(blob.c.read_at))) == NOW_MS


async def test_photo_may_come_before_its_scan(world: World) -> None:
    await world.send()
    before = await world.worker.read_waiting()
    await world.scan()

    after = await world.worker.read_waiting()

    assert (before, after) == (0, 1)
    assert (await world.shown_scan())["state"] == "read"


async def test_scan_without_its_photo_goes_on_waiting(world: World) -> None:
    await world.scan()

    assert await world.worker.read_waiting() == 0
    assert (await world.shown_scan())["state"] == "waiting"


async def test_photo_of_another_device_answers_nothing(world: World) -> None:
    await world.scan()
    await world.send(device=OTHER_DEVICE)

    assert await world.worker.read_waiting() == 0
    assert (await world.shown_scan())["state"] == "waiting"


async def test_two_serials_are_left_to_choose(world: World) -> None:
    label = photo("ZTEG4F5A0ED5", "2215B8K003412")
    await world.scan(image=label)
    await world.send(label)

    await world.worker.read_waiting()

    scan = await world.shown_scan()
    assert scan["state"] == "choose"
    assert {code["value"] for code in scan["codes"]} == {"ZTEG4F5A0ED5", "2215B8K003412"}
    assert await world.equipment() == []


class OneReading(Decoder):
    """A decoder that reads one code, once."""

    def __init__(self, text: str = "ZTEG4F5A0ED5") -> None:
        super().__init__()
        self._text = text

    async def decode(self, data: bytes) -> tuple[Code, ...]:
        """The same for every photo."""
        check_image(data)
        return (Code(self._text, "code_128", ("zxing/strip",)),)


async def test_key_of_a_wifi_code_beside_a_serial_is_kept_nowhere(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    wifi = ("WIFI:T:WPA;S:Maison;P:s3cret-key;;", "S/N:wifi:P:s3cret-key;")
    squares = [code(text, BarcodeFormat.QRCode) for text in wifi]
    label = saved(sheet(code("ZTEG4F5A0ED5"), *squares))
    await world.scan(image=label)
    await world.send(label)

    await world.worker.read_waiting()

    types = {code["type"] for code in (await world.shown_scan())["codes"]}
    assert types == {"gpon-serial", "wifi"}
    assert "s3cret-key" not in await world.store.read(all_rows)
    assert "s3cret-key" not in caplog.text


@pytest.mark.parametrize(("serial", "state"), [("zteg-4f5a-0ed5", "read"), ("TPLG1", "choose")])
async def test_one_reading_is_enough_for_equipment_that_is_on_file(
    world: World, serial: str, state: str
) -> None:
    device = "equipment/00000000-0000-7000-8000-0000000000e1"
    await world.store.writer.run(
        lambda conn: upstream(conn, 9, device, "EQP-1", serial_number=serial)
    )
    world.decoder = OneReading()
    await world.scan()
    await world.send()

    await world.new_worker().read_waiting()

    assert (await world.shown_scan())["state"] == state


class TwoReadings(Decoder):
    """A decoder that reads one serial, twice."""

    async def decode(self, data: bytes) -> tuple[Code, ...]:
        """The same for every photo."""
        check_image(data)
        return (Code("ZTEG4F5A0ED5", "code_128", ("zbar/photo", "zxing/photo")),)


@pytest.mark.parametrize(
    ("location", "state"), [(HOME, "read"), ("", "read"), (ELSEWHERE, "choose")]
)
async def test_serial_of_equipment_that_is_elsewhere_is_left_to_confirm(
    world: World, location: str, state: str
) -> None:
    device = "equipment/00000000-0000-7000-8000-0000000000e1"
    cells = {"serial_number": "ZTEG4F5A0ED5", "location": location}
    await world.store.writer.run(lambda conn: upstream(conn, 8, JOB, "DJ-00161", location=HOME))
    await world.store.writer.run(lambda conn: upstream(conn, 9, device, "EQP-1", **cells))
    world.decoder = TwoReadings()
    await world.scan()
    await world.send()

    await world.new_worker().read_waiting()

    assert (await world.shown_scan())["state"] == state


async def test_serial_that_a_visit_elsewhere_has_is_left_to_confirm(world: World) -> None:
    moved = {"location": ELSEWHERE}
    await world.store.writer.run(lambda conn: upstream(conn, 8, OTHER_JOB, "DJ-00162", **moved))
    world.decoder = TwoReadings()
    worker = world.new_worker()
    await world.scan(key=OTHER_JOB)
    await world.send()
    await worker.read_waiting()

    await world.scan(2)
    await worker.read_waiting()

    assert (await world.shown_scan(1, OTHER_JOB))["state"] == "read"
    assert (await world.shown_scan(2))["state"] == "choose"


@pytest.mark.parametrize(
    ("location", "offered"),
    [(HOME, ["TPLG1A2B3C4D"]), (None, ["TPLG1A2B3C4D"]), (ELSEWHERE, [])],
)
async def test_serial_of_a_mac_on_file_is_offered_at_its_place_and_not_elsewhere(
    world: World, location: str | None, offered: list[str]
) -> None:
    device = "equipment/00000000-0000-7000-8000-0000000000e1"
    cells = {"serial_number": "TPLG1A2B3C4D", "mac": "10:39:4E:B5:DA:90", "location": location}
    await world.store.writer.run(lambda conn: upstream(conn, 8, JOB, "DJ-00161", location=HOME))
    await world.store.writer.run(lambda conn: upstream(conn, 9, device, "EQP-1", **cells))
    world.decoder = OneReading("10394EB5DA90")
    await world.scan()
    await world.send()

    await world.new_worker().read_waiting()

    scan = await world.shown_scan()
    mac, *named = scan["codes"]
    assert (mac["type"], scan["state"]) == ("mac", "choose" if offered else "unreadable")
    assert [each["value"] for each in named] == offered
    assert {(each["stage"], each["decoder"]) for each in named} <= {("server", "file")}
    assert await world.equipment() == []


async def test_label_whose_codes_do_not_go_together_is_left_to_confirm(world: World) -> None:
    square = code("MAC: 10:39:4E:B5:DA:91", BarcodeFormat.QRCode)
    label = saved(sheet(code("ZTEG4F5A0ED5"), code("10394EB5DA90"), square))
    await world.scan(image=label)
    await world.send(label)

    await world.worker.read_waiting()

    scan = await world.shown_scan()
    assert (scan["state"], len(scan["codes"])) == ("choose", 3)


async def test_photo_without_a_serial_is_unreadable(world: World) -> None:
    label = photo("10394EB5DA90")
    await world.scan(image=label)
    await world.send(label)

    await world.worker.read_waiting()

    scan = await world.shown_scan()
    assert (scan["state"], scan["codes"][0]["type"]) == ("unreadable", "mac")
    assert await world.equipment() == []


async def test_serial_that_only_a_model_read_is_left_to_confirm(
    world: World, tmp_path: Path
) -> None:
    label = photo("10394EB5DA90")
    await world.scan(image=label)
    await world.send(label)

    async with advised(GeminiSimulator(SAID), tmp_path) as adviser:
        read = await world.new_worker(adviser).read_waiting()

    scan = await world.shown_scan()
    assert (read, scan["state"]) == (1, "choose")
    assert [(each["type"], each["symbology"]) for each in scan["codes"]] == [
        ("mac", "code_128"),
        ("gpon-serial", "unknown"),
    ]
    assert await world.equipment() == []


async def test_photo_waits_while_the_model_is_away_for_a_week(world: World, tmp_path: Path) -> None:
    label, simulator = photo("10394EB5DA90"), GeminiSimulator(SAID, Fault.OVERLOADED)
    sweeper = Sweeper(world.store, world.kept)
    await world.scan(image=label)
    await world.send(label)

    async with advised(simulator, tmp_path) as adviser:
        for day in (0, 4, 8):
            now_ms = NOW_MS + day * DAY_MS
            clock = partial(Clock, now_ms, CLOCK.today + timedelta(days=day))
            simulator.fault = Fault.OVERLOADED if day < 8 else None
            read = await world.new_worker(adviser, clock).read_waiting()
            assert await sweeper.sweep(now_ms) == 0
            assert read == (day == 8)

    assert (await world.shown_scan())["state"] == "choose"


async def test_what_is_no_photo_is_unreadable_at_once(world: World) -> None:
    await world.scan(image=b"<svg/>")
    await world.send(b"<svg/>")

    assert await world.worker.read_waiting() == 1

    assert (await world.shown_scan())["state"] == "unreadable"
    assert await world.worker.read_waiting() == 0


async def test_photo_whose_file_is_gone_is_unreadable(world: World) -> None:
    await world.scan()
    await world.send()
    name = BlobName(hashlib.sha256(LABEL).hexdigest(), uuid7(len(LABEL)))
    await world.kept.delete(name)

    await world.worker.read_waiting()

    assert (await world.shown_scan())["state"] == "unreadable"


async def test_photo_in_a_bucket_is_read_once_the_bucket_answers(
    world: World, tmp_path: Path
) -> None:
    with Amazon() as amazon:
        bucket = open_bucket(amazon.settings(tmp_path))
        world.kept = BlobStore(world.kept.folder, bucket)
        worker = world.new_worker()
        await world.scan()
        await world.send()
        await world.kept.move()
        amazon.go_away()
        away = await worker.read_waiting()
        waiting = (await world.shown_scan())["state"]
        amazon.come_back()

        back = await worker.read_waiting()

    assert (away, waiting, back) == (0, "waiting", 1)
    assert (await world.shown_scan())["state"] == "read"


async def test_photo_on_its_way_to_the_bucket_from_another_host_is_waited_for(
    world: World, tmp_path: Path
) -> None:
    with Amazon() as amazon:
        bucket = open_bucket(amazon.settings(tmp_path))
        elsewhere = BlobStore(BlobFolder(tmp_path / "elsewhere"), bucket)
        world.kept, here = elsewhere, world.kept
        worker = world.new_worker()
        await world.scan()
        await world.send()
        early = await worker.read_waiting()
        await BlobStore(here.folder, bucket).move()

        late = await worker.read_waiting()

    assert (early, late) == (0, 1)


async def test_reading_again_changes_nothing(world: World) -> None:
    await world.scan()
    await world.send()
    await world.worker.read_waiting()
    before = await world.store.read(everything)

    again = await world.worker.read_waiting(), await world.new_worker().read_waiting()

    assert again == (0, 0)
    assert await world.store.read(everything) == before


async def test_two_workers_that_read_the_same_photo_make_one_equipment(world: World) -> None:
    await world.scan()
    await world.send()

    await asyncio.gather(world.worker.read_waiting(), world.new_worker().read_waiting())

    assert len(await world.equipment()) == 1
    made = await world.store.read(everything)
    assert sorted(kind for _, kind, outcome in made if outcome == "applied") == [
        "equipment",
        "received",
        "scan",
        "scan-read",
        "upstream",
        "upstream",
    ]


def everything(conn: Connection) -> list[tuple[str, str, str]]:
    """Every mutation with its outcome."""
    query = select(mutations.c.id, mutations.c.kind, mutations.c.outcome)
    return sorted(tuple(row) for row in conn.execute(query))


async def test_reading_of_a_scan_that_another_worker_has_answered_is_not_filed(
    world: World,
) -> None:
    await world.scan()
    await world.send()
    [scan] = await world.store.read(scans_to_read)
    actor = Actor(ActorKind.VISION, "vision", scan.author, "vision")
    slower = await LabelReader(world.decoder, timer=count().__next__).read(LABEL)
    await world.worker.read_waiting()

    late = await world.store.writer.run(
        lambda conn: file_reading(conn, scan, actor, answer(scan, slower), CLOCK)
    )

    assert (slower.ms, late.verdicts) == (1000, ())


async def test_second_scan_of_the_same_photo_is_answered_too(world: World) -> None:
    await world.scan()
    await world.send()
    await world.worker.read_waiting()
    await world.scan(2, key=OTHER_JOB)

    assert await world.worker.read_waiting() == 1

    assert (await world.shown_scan(2, OTHER_JOB))["state"] == "read"
    assert await world.equipment(OTHER_JOB) == []  # the first visit has bound the serial
    page = await world.store.read(lambda conn: pull(conn, MARC, ""))
    assert [(each.mine, each.theirs) for each in page.conflicts] == [("ZTEG4F5A0ED5", JOB)]


async def test_action_that_equipment_does_not_know_is_left_to_a_human(world: World) -> None:
    await world.scan(action="teleport")
    await world.send()

    await world.worker.read_waiting()

    assert (await world.shown_scan())["state"] == "choose"
    assert await world.equipment() == []


async def test_poison_photo_is_unreadable_after_three_crashes(world: World) -> None:
    poisoned = ScanWorker(
        world.store, world.kept, LabelReader(Decoder(time_limit_s=0.0)), lambda: CLOCK
    )
    await world.scan()
    await world.send()

    await poisoned.read_waiting()

    assert (await world.shown_scan())["state"] == "unreadable"
    assert await poisoned.read_waiting() == 0


async def test_crashes_are_counted_over_restarts_of_the_server(world: World) -> None:
    await world.scan()
    await world.send()
    for _ in range(3):  # each time the server died with its decoder
        world.kept.folder.count_try(hashlib.sha256(LABEL).hexdigest())

    await world.worker.read_waiting()

    assert (await world.shown_scan())["state"] == "unreadable"


async def test_one_crash_does_not_condemn_a_photo(world: World) -> None:
    await world.decoder.decode(LABEL)
    for child in decoding_processes():
        os.kill(child, 9)
    await world.scan()
    await world.send()

    await world.worker.read_waiting()

    assert (await world.shown_scan())["state"] == "read"


class BusyAtFirst(OneReading):
    """A decoder that has no child free the first few times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self._left = times

    async def decode(self, data: bytes) -> tuple[Code, ...]:
        """The code, once it is free."""
        self._left -= 1
        if self._left >= 0:
            raise Busy
        return await super().decode(data)


async def test_photo_that_finds_no_decoder_free_is_never_condemned_for_it(world: World) -> None:
    world.decoder = BusyAtFirst(TRIES + 1)
    worker = world.new_worker()
    await world.scan()
    await world.send()

    put_off = [await worker.read_waiting() for _ in range(TRIES + 1)]

    assert (put_off, await worker.read_waiting()) == ([0] * (TRIES + 1), 1)
    assert [code["value"] for code in (await world.shown_scan())["codes"]] == ["ZTEG4F5A0ED5"]


@in_virtual_time
async def test_photo_that_was_put_off_is_looked_at_again_without_a_call(tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path / 'terrain.db'}", tmp_path) as world:
        world.decoder = BusyAtFirst(1)
        await world.scan()
        await world.send()

        running = asyncio.create_task(world.new_worker().run())
        while (await world.shown_scan())["state"] == "waiting":
            world.poked.clear()
            await world.poked.wait()

        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert AGAIN_S <= now() < SWEEP_S


def decoding_processes() -> list[int]:
    """The decoding processes of this one."""
    text = Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii")
    return [int(p) for p in text.split() if b"child.py" in Path(f"/proc/{p}/cmdline").read_bytes()]


async def test_scan_of_a_deleted_visit_is_left_alone(world: World) -> None:
    await world.scan()
    await world.send()
    gone = record.update().where(record.c.key == JOB).values(deleted=9)
    await world.store.writer.run(lambda conn: conn.execute(gone).rowcount)

    assert await world.worker.read_waiting() == 0


async def test_only_recent_scans_are_looked_at_when_asked(world: World) -> None:
    await world.scan()
    await world.send()

    later = await world.store.read(lambda conn: scans_to_read(conn, NOW_MS + 1))
    recent = await world.store.read(lambda conn: scans_to_read(conn, NOW_MS))

    assert (len(later), len(recent)) == (0, 1)


@pytest.mark.parametrize("scan_first", [True, False])
async def test_running_worker_answers_when_the_later_half_arrives(
    world: World, scan_first: bool
) -> None:
    running = asyncio.create_task(world.worker.run())
    if scan_first:
        await world.scan()
        await world.send()
    else:
        await world.send()
        await world.scan()

    async with asyncio.timeout(30):
        while (await world.shown_scan())["state"] == "waiting":
            await world.poked.wait()
            world.poked.clear()

    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (await world.shown_scan())["state"] == "read"


async def test_worker_that_starts_finds_what_was_left(world: World) -> None:
    await world.scan()
    await world.send()
    world.poked.clear()

    running = asyncio.create_task(world.new_worker().run())
    async with asyncio.timeout(30):
        await world.poked.wait()

    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (await world.shown_scan())["state"] == "read"


async def test_answer_goes_through_the_change_feed_like_any_other_change(world: World) -> None:
    await world.scan()
    await world.send()
    cursor = (await world.store.read(lambda conn: pull(conn, MARC, ""))).changes.cursor

    await world.worker.read_waiting()

    page = await world.store.read(lambda conn: pull(conn, MARC, cursor))
    [delta] = page.changes.put
    assert {path.partition("/")[0] for path in delta.cells} == {"scans", "equipment"}
    kinds = select(func.count()).where(mutations.c.actor_kind == "vision")
    assert await world.store.read(lambda conn: conn.scalar(kinds)) == 2
