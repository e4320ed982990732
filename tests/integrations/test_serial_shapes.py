"""A label that names its model: a serial that does not look like that model's is confirmed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection
from zxingcpp import BarcodeFormat

from sync.shapes import ENOUGH, Patterns
from tests.given import upstream
from tests.integrations.scan_world import World, opened
from tests.labels import code, saved, sheet

MESSAGE = "[)>\x1e06\x1d1PXX230v\x1dSTPLG1A2B3C4D\x1e\x04"
LABEL = saved(sheet(code(MESSAGE, BarcodeFormat.DataMatrix, 6)), "PNG")


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A server to which Marc sends the label."""
    async with opened(database_url, tmp_path) as world:
        await world.scan(image=LABEL)
        await world.send(LABEL)
        yield world


def on_file(conn: Connection, serial: str, count: int = ENOUGH) -> None:
    """Equipment of the label's model in ERPNext."""
    for number in range(count):
        key = f"equipment/00000000-0000-7000-8000-0000000000{number:02d}"
        cells = {"serial_number": f"{serial}{number:02d}", "model": "XX230V"}
        upstream(conn, 10 + number, key, f"EQP-{number}", **cells)


@pytest.mark.parametrize(
    ("serial", "count", "patterns", "state"),
    [
        ("TPLG000000", ENOUGH, {}, "read"),
        ("2215B8K0034", ENOUGH, {}, "choose"),
        ("2215B8K0034", ENOUGH - 1, {}, "read"),
        ("2215B8K0034", ENOUGH, {"XX230V": "TPLG.{8}"}, "read"),
        ("TPLG000000", ENOUGH, {"XX230V": "22.*"}, "choose"),
    ],
)
async def test_serial_of_a_label_is_held_to_its_model(
    world: World, serial: str, count: int, patterns: Patterns, state: str
) -> None:
    await world.store.writer.run(lambda conn: on_file(conn, serial, count))

    assert await world.new_worker(patterns=patterns).read_waiting() == 1

    assert (await world.shown_scan())["state"] == state
