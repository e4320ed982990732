"""The worker of checks: what a phone asks for is answered once, and always."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Connection

from backend.board.journal.timeline import timeline
from backend.cpe.check.turns import AT_ONCE
from backend.cpe.readings import Identity
from backend.cpe.verdict import CURRENT
from backend.errors import Refused
from backend.store.apply import apply_mutations
from backend.store.blobs.received import SERVER, received_by
from backend.store.blobs.uploads import Quota, Upload, complete_upload, create_upload
from backend.store.journal import read_timeline
from backend.store.store import open_store
from tests.given import CLOCK, DEVICE, JOB, JULIE, NOW_MS, OTHER_JOB, a_visit, uuid7
from tests.integrations.check_given import Said, good_acs, good_olt
from tests.integrations.check_world import PLACE, World, opened
from tests.rows import row

PHOTO = "ab" * 32


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """A store with one visit, and workers that nobody runs yet."""
    async with opened(database_url) as world:
        yield world


def sources() -> tuple[Said, Said]:
    """An OLT and an ACS that find all well."""
    return Said("olt", summary=good_olt()), Said("acs_live", summary=good_acs())


async def test_check_gets_a_verdict_with_its_lines_its_sources_and_when(world: World) -> None:
    await world.verify()
    world.time.pass_s(60)

    await world.worker(*sources()).check_waiting()

    shown = await world.shown()
    assert (shown["state"], shown["verdict"], shown["version"]) == ("done", "pass", CURRENT)
    assert (shown["at"], shown["by"]) == (NOW_MS, "Marc")
    assert shown["measured_at"] == NOW_MS + 60_000
    assert [each["name"] for each in shown["sources"]] == ["olt", "acs_live"]
    lines = {each["id"]: each for each in shown["checks"]}
    assert lines["rx_ont"]["value"] == -21.5
    assert (lines["rx_ont"]["low"], lines["rx_ont"]["high"]) == (-27.0, -8.0)
    assert lines["pon_online"]["result"] == "pass"
    assert "mesh" not in lines


async def test_terminal_is_known_by_all_that_is_on_file_of_it(world: World) -> None:
    olt, acs = sources()
    await world.verify()

    await world.worker(olt, acs).check_waiting()

    [target] = olt.targets
    assert target.identity == Identity("22275A7000395", "TPLG97441B58", "1C61B4AABBCC")
    assert (target.olt, target.port, target.plan) == ("OLT-EST", "0/5/2", "Fibre 500")


@pytest.mark.parametrize("label", ["TPLG97441B58", "54504C4797441B58", "22275-A7000-395"])
async def test_terminal_is_the_same_whichever_of_its_serials_was_scanned(
    world: World, label: str
) -> None:
    olt, acs = sources()
    await world.push(1, "equipment", {"serial": label, "type": "ONT"})
    await world.verify(2)

    await world.worker(olt, acs).check_waiting()

    known = Identity("22275A7000395", "TPLG97441B58", "1C61B4AABBCC")
    assert [each.identity for each in olt.targets] == [known]


async def test_terminal_that_was_just_swapped_in_is_the_one_that_is_checked(world: World) -> None:
    olt, acs = sources()
    swap = {"action": "replace", "serial": "TPLG00000042", "replaces": "22275A7000395"}
    await world.push(1, "equipment", swap | {"type": "ONT"})
    await world.push(2, "equipment", {"serial": "22B1234567890", "type": "Router"})
    await world.verify(3)

    await world.worker(olt, acs).check_waiting()

    assert [each.identity for each in olt.targets] == [Identity(gpon_serial="TPLG00000042")]
    lines = {each["id"]: each for each in (await world.shown(3))["checks"]}
    assert lines["serial_match"]["reason"] == "serial-differs"


async def test_terminal_that_was_taken_out_is_not_asked_about(world: World) -> None:
    olt, acs = sources()
    await world.push(1, "equipment", {"action": "remove", "serial": "22275A7000395"})
    await world.verify(2)

    await world.worker(olt, acs).check_waiting()

    assert olt.asked == 0
    assert (await world.shown(2))["verdict"] == "unverified"


@row(27, without={"sync.state.State.holds": lambda *_: True})
async def test_nobody_has_a_line_checked_that_he_does_not_hold(world: World) -> None:
    await world.store.writer.run(lambda conn: a_visit(conn, OTHER_JOB, technician=JULIE))

    assert await world.verify(1, OTHER_JOB) == ["rejected"]


async def test_what_has_landed_is_shown_while_the_rest_goes_on(world: World) -> None:
    olt, slow = Said("olt", summary=good_olt()), Said("acs_live", after_s=60.0)
    await world.verify()
    checking = asyncio.create_task(world.worker(olt, slow).check_waiting())

    await world.until(lambda check: any(s["state"] == "ok" for s in check.get("sources", ())))
    shown = await world.shown()
    checking.cancel()

    assert (shown["state"], "verdict" in shown) == ("running", False)
    states = {each["name"]: each["state"] for each in shown["sources"]}
    assert states == {"olt": "ok", "acs_live": "running"}
    assert {each["id"]: each["result"] for each in shown["checks"]}["pon_online"] == "pass"


async def test_check_that_a_killed_server_left_is_made_by_the_next(world: World) -> None:
    await world.verify()
    killed = world.worker(Said("acs_live", after_s=60.0))
    checking = asyncio.create_task(killed.check_waiting())
    await world.until(lambda check: check["state"] == "running")
    checking.cancel()

    await world.worker(*sources()).check_waiting()
    early = (await world.shown())["state"]
    world.time.pass_s(61)
    await world.worker(*sources()).check_waiting()

    assert early == "running"
    assert (await world.shown())["verdict"] == "pass"


async def test_two_workers_make_a_check_once(world: World) -> None:
    one, other = Said("olt", summary=good_olt()), Said("olt", summary=good_olt())
    await world.verify()

    await asyncio.gather(world.worker(one).check_waiting(), world.worker(other).check_waiting())

    assert one.asked + other.asked == 1
    assert len(await world.evidence()) == 1


@pytest.mark.postgresql
async def test_two_processes_make_a_check_once(postgresql: Any) -> None:
    where = postgresql.info
    url = f"postgresql://{where.user}:{where.password}@{where.host}:{where.port}/{where.dbname}"
    async with opened(url) as world:
        other = World(open_store(url, world.time, lambda _: None), world.time)
        one, two = Said("olt", 0.05, good_olt()), Said("olt", 0.05, good_olt())
        for number in range(1, 9):
            await world.verify(number)

        workers = world.worker(one), other.worker(two)
        await asyncio.gather(*(each.check_waiting() for each in workers))

        assert one.asked + two.asked == 1
        assert len(await world.evidence()) == 8
        await other.store.close()


async def test_late_worker_changes_nothing_that_another_has_ended(world: World) -> None:
    late = Said("olt", after_s=0.3, summary=good_olt(-40.0))
    await world.verify()
    checking = asyncio.create_task(world.worker(late).check_waiting())
    await world.until(lambda check: check["state"] == "running")
    world.time.pass_s(61)
    await world.worker(*sources()).check_waiting()
    ended = await world.shown()

    await checking

    assert await world.shown() == ended
    assert len(await world.evidence()) == 1


async def test_checks_that_wait_together_are_answered_by_one(world: World) -> None:
    olt, acs = sources()
    for number in (1, 2, 3):
        await world.verify(number)

    await world.worker(olt, acs).check_waiting()

    assert olt.asked == 1
    assert {(await world.shown(number))["verdict"] for number in (1, 2, 3)} == {"pass"}


async def test_check_is_not_made_again_within_twenty_seconds(world: World) -> None:
    olt, acs = sources()
    worker = world.worker(olt, acs)
    await world.verify(1)
    await worker.check_waiting()
    await world.verify(2, reason="rerun")

    world.time.pass_s(19)
    await worker.check_waiting()
    early = (await world.shown(2))["state"]
    world.time.pass_s(1)
    await worker.check_waiting()

    assert (early, olt.asked) == ("asked", 2)
    assert (await world.shown(2))["state"] == "done"


async def test_light_before_is_told_with_the_light_now(world: World) -> None:
    await world.verify(1)
    await world.worker(Said("acs_live", summary=good_acs(-28.1))).check_waiting()
    world.time.pass_s(30)
    await world.verify(2, reason="rerun")

    await world.worker(Said("acs_live", summary=good_acs(-22.4))).check_waiting()

    assert (await world.shown(2))["story"] == [{"dbm": -28.1, "at": NOW_MS}]


async def test_meter_of_the_technician_is_a_reading_like_another(world: World) -> None:
    await world.verify(rx_dbm=-19.0)

    await world.worker(Said("acs_live", fault=Refused("no-such-device"))).check_waiting()

    shown = await world.shown()
    [light] = [each for each in shown["checks"] if each["id"] == "rx_ont"]
    assert (light["value"], light["source"], light["result"]) == (-19.0, "manual", "pass")
    assert (shown["state"], shown["verdict"]) == ("done", "unverified")
    [acs] = shown["sources"]
    assert (acs["state"], acs["detail"]) == ("error", "no-such-device")


async def test_fault_of_our_own_ends_the_check_and_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judge(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("backend.cpe.check.one.judge", judge)
    await world.verify()

    await world.worker(*sources()).check_waiting()

    shown = await world.shown()
    assert (shown["state"], shown["verdict"]) == ("timeout", "unverified")


async def test_office_reads_of_a_check_its_wish_and_its_verdict(world: World) -> None:
    await world.verify()
    olt, acs = sources()
    acs.after_s = 0.02

    await world.worker(olt, acs).check_waiting()

    rows = await world.store.read(lambda conn: read_timeline(conn, JOB))
    told = [each for each in timeline(JOB, rows or (), {}).entries if each.kind != "upstream"]
    assert [each.kind for each in told] == ["verify", "verified"]
    assert told[-1].args["verdict"] == "pass"


async def test_evidence_says_who_what_where_when_and_how(world: World) -> None:
    await world.verify()

    await world.worker(*sources()).check_waiting()

    [kept] = await world.evidence()
    assert [each["by"] for each in kept["asked"]] == ["Marc"]
    assert kept["target"]["gpon_serial"] == "TPLG97441B58"
    assert kept["verdict"]["version"] == CURRENT
    assert kept["case"]["limits"]["optical_class"] == "B+"
    optical = kept["case"]["summary"]["opticalStatus"]
    assert {each["rxDbm"]["source"] for each in optical} == {"ont_tr069", "olt"}
    assert [each["name"] for each in kept["case"]["summary"]["sources"]] == ["olt", "acs_live"]


async def test_running_worker_wakes_for_what_is_asked_and_for_what_becomes_due(
    world: World,
) -> None:
    worker = world.worker(*sources())
    serving = asyncio.create_task(worker.run())
    await asyncio.sleep(0)
    await world.verify()
    worker.wake()

    await world.until(lambda check: check["state"] == "done")

    serving.cancel()


async def test_check_in_line_says_how_many_are_before_it_and_is_made_in_its_turn(
    world: World,
) -> None:
    keys = [f"job/00000000-0000-7000-8000-0000000{n:05x}" for n in range(AT_ONCE + 2)]

    def visits(conn: Connection) -> None:
        for key in keys:
            a_visit(conn, key, location=PLACE)

    await world.store.writer.run(visits)
    for number, key in enumerate(keys, start=1):
        await world.verify(number, key)
    olt = Said("olt", 0.2, summary=good_olt())
    checking = asyncio.create_task(world.worker(olt).check_waiting())
    await world.until(lambda check: check["state"] == "running", number=len(keys), key=keys[-1])
    waiting = await world.shown(len(keys), keys[-1])
    await checking

    assert waiting["ahead"] == 2
    assert olt.most_together == 1  # of one line that all stand for, it is asked once
    ended = await world.shown(len(keys), keys[-1])
    assert (ended["state"], ended["ahead"]) == ("done", 0)


async def test_photo_of_a_meter_is_told_to_be_here(world: World) -> None:
    await world.verify(1, rx_dbm=-20.0, blob=PHOTO)
    await world.worker(*sources()).check_waiting()

    def whole(conn: Connection) -> None:
        create_upload(conn, Upload(uuid7(9), DEVICE, PHOTO, "image/jpeg", 4), Quota())
        complete_upload(conn, uuid7(9), CLOCK.now_ms)
        apply_mutations(conn, SERVER, received_by(conn, uuid7(9), CLOCK.now_ms), CLOCK)

    await world.store.writer.run(whole)

    shown = await world.shown()
    assert (shown["received_at"], shown["verdict"]) == (CLOCK.now_ms, "pass")
