"""The index of serials: walked once for all who ask, and not again for who was not there a moment
ago."""

import asyncio
from collections.abc import Mapping

import pytest

from backend.cpe.olt.decode import Raw
from backend.cpe.olt.profile import Index
from backend.cpe.olt.serial_index import NEGATIVE_S, SerialIndex, by_serial
from backend.errors import Unavailable

SERIAL = "TPLG97441B58"


class Column:
    """A serial column that is walked; `fault` is what the walk raises."""

    def __init__(self, rows: Mapping[Index, Raw]) -> None:
        self.rows: dict[Index, Raw] = dict(rows)
        self.walks = 0
        self.fault: Unavailable | None = None
        self.now = 1000.0

    @property
    def index(self) -> SerialIndex:
        """An index of it, by its clock."""
        return SerialIndex(self.walk, lambda: self.now)

    async def walk(self) -> Mapping[Index, Raw]:
        """The rows."""
        self.walks += 1
        await asyncio.sleep(0)
        if self.fault:
            raise self.fault
        return dict(self.rows)


async def test_many_who_ask_at_once_wait_for_one_walk() -> None:
    column = Column({(1, 7): SERIAL})
    index = column.index

    found = await asyncio.gather(*(index.look_again(SERIAL) for _ in range(20)))

    assert {each.places for each in found} == {((1, 7),)}
    assert column.walks == 1


async def test_who_was_nowhere_a_moment_ago_is_not_looked_for_again_yet() -> None:
    column = Column({})
    index = column.index
    await index.look_again(SERIAL)
    column.rows[(1, 7)] = SERIAL

    column.now += NEGATIVE_S - 1
    assert (await index.look_again(SERIAL)).places == ()
    column.now += 1
    assert (await index.look_again(SERIAL)).places == ((1, 7),)
    assert column.walks == 2


async def test_a_walk_that_failed_is_not_tried_again_at_once_and_what_is_known_stays() -> None:
    column = Column({(1, 7): SERIAL})
    index = column.index
    await index.look_again(SERIAL)
    column.fault = Unavailable("timeout")
    column.now += NEGATIVE_S

    for _ in range(3):
        with pytest.raises(Unavailable):
            await index.look_again("TPLG00000001")

    assert column.walks == 2
    assert index.known(SERIAL).places == ((1, 7),)


async def test_who_has_moved_is_looked_for_by_a_later_walk_than_the_one_that_was_wrong() -> None:
    column = Column({(1, 7): SERIAL})
    index = column.index
    wrong = await index.look_again(SERIAL)
    column.rows = {(2, 3): SERIAL}

    later = await asyncio.gather(*(index.since(SERIAL, wrong.walk) for _ in range(5)))

    assert {each.places for each in later} == {((2, 3),)}
    assert (await index.since(SERIAL, wrong.walk)).places == ((2, 3),)
    assert column.walks == 2


async def test_who_no_longer_waits_does_not_end_the_walk_of_others() -> None:
    column = Column({(1, 7): SERIAL})
    index = column.index
    first = asyncio.create_task(index.look_again(SERIAL))
    second = asyncio.create_task(index.look_again(SERIAL))
    await asyncio.sleep(0)
    first.cancel()

    assert (await second).places == ((1, 7),)
    assert column.walks == 1


def test_a_serial_that_is_told_twice_has_two_places_and_what_is_none_has_none() -> None:
    rows: dict[Index, Raw] = {(1, 7): SERIAL, (2, 3): f"1,{SERIAL}".encode(), (2, 4): b"\xff" * 8}

    assert by_serial(rows) == {SERIAL: ((1, 7), (2, 3))}
