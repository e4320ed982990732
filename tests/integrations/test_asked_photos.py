"""Photos of equipment and of invoices, which only a model can tell of: the same queue as labels."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from backend.simulators.gemini import Fault, GeminiSimulator
from tests.api.test_questions import ITEM
from tests.integrations.scan_world import World, all_rows, opened
from tests.integrations.test_adviser import advised
from tests.integrations.test_gemini import BILL
from tests.labels import photo

PHOTO = photo("10394EB5DA90")


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A server that has a photo of Marc's."""
    async with opened(database_url, tmp_path) as world:
        await world.send(PHOTO)
        yield world


async def answered(
    world: World, folder: Path, what: str, simulator: GeminiSimulator
) -> dict[str, Any]:
    """What Marc sees of a photo once the worker has asked."""
    await world.scan(image=PHOTO, what=what)
    async with advised(simulator, folder) as adviser:
        assert await world.new_worker(adviser).read_waiting() == 1
    return await world.shown_scan()


async def test_invoice_comes_back_with_the_amounts_that_do_not_add_up(
    world: World, tmp_path: Path
) -> None:
    wrong = GeminiSimulator(BILL | {"total": "120.00"})

    scan = await answered(world, tmp_path, "invoice", wrong)

    assert (scan["state"], scan["what"]) == ("choose", "invoice")
    assert (scan["said"]["tvq"], scan["said"]["doubts"]) == ("9.98", ["total"])


async def test_equipment_comes_back_with_candidates_that_a_person_confirms(
    world: World, tmp_path: Path
) -> None:
    scan = await answered(world, tmp_path, "equipment", GeminiSimulator(ITEM))

    assert (scan["state"], scan["said"]) == ("choose", {"brand": "TP-Link", "model": "XX230v"})
    assert [(code["value"], code["stage"]) for code in scan["codes"]] == [
        ("2215B8K003412", "model"),
        ("10394EB5DA90", "model"),
    ]
    assert await world.equipment() == []


async def test_key_of_a_wifi_code_that_the_model_copies_is_kept_nowhere(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copied = "WIFI:T:WPA;S:Maison;P:s3cret-key;;"
    said = {"brand": copied, "model": "XX230v", "serial": copied, "ssid": copied}

    scan = await answered(world, tmp_path, "equipment", GeminiSimulator(said))

    assert scan["said"] == {"brand": "Maison", "model": "XX230v", "ssid": "Maison"}
    assert "s3cret-key" not in await world.store.read(all_rows)
    assert "s3cret-key" not in caplog.text


async def test_photo_that_the_model_refuses_is_unreadable_and_not_asked_again(
    world: World, tmp_path: Path
) -> None:
    scan = await answered(world, tmp_path, "invoice", GeminiSimulator(BILL, Fault.SAFETY))

    assert scan["state"] == "unreadable"
    assert await world.worker.read_waiting() == 0


async def test_photo_waits_while_the_model_is_away_or_switched_off(
    world: World, tmp_path: Path
) -> None:
    simulator = GeminiSimulator(BILL, Fault.OVERLOADED)
    await world.scan(image=PHOTO, what="invoice")
    switched_off = await world.worker.read_waiting()

    async with advised(simulator, tmp_path) as adviser:
        worker = world.new_worker(adviser)
        away = await worker.read_waiting()
        waiting = (await world.shown_scan())["state"]
        simulator.fault = None
        back = await worker.read_waiting()

    assert (switched_off, away, waiting, back) == (0, 0, "waiting", 1)
    assert (await world.shown_scan())["said"]["number"] == "F-1"
